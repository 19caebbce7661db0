using System.Net.Sockets;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Relay;
using Faultbox.Protocols.Tcp.Client;
using Faultbox.Protocols.Tcp.Proxy;

namespace Faultbox.Protocols.Tcp;

/// <summary>Plain TCP: one message out, one reply back.</summary>
internal sealed class TcpProtocol : IProtocol
{
    // A relay learns within a millisecond that nobody listens behind it, when its machine has time for it.
    private static readonly TimeSpan RelayPatience = TimeSpan.FromMilliseconds(250);

    public string Name => "tcp";

    public ProxySupport Proxy { get; } = new()
    {
        Actions = [ProxyAction.Respond, ProxyAction.Error, ProxyAction.Delay, ProxyAction.Drop, ProxyAction.Wire, ProxyAction.Tls],
        Matchers = ["method", "match_body"],
        DropModes = [DropMode.Default, DropMode.Close, DropMode.Reset, DropMode.Blackhole],
        Keywords = ["body", "value", "delay"],
        Tls = true,
        Connections = new TcpRelay(),
    };

    public IReadOnlyList<StepMethod> Methods { get; } =
    [
        new("send", [new("data"), new("hex"), new("until"), new("size"), new("timeout"), new("raw")]),
    ];

    public StepResponse Step(StepRequest request, CancellationToken cancellation) =>
        new TcpExchange(request, TcpMessage.Of(request)).Run(cancellation);

    public string? Probe(ProbeRequest request, CancellationToken cancellation)
    {
        try
        {
            using var socket = Dial(request.Host, request.Port, request.Timeout, cancellation);
            return request.Behind is { } ask ? ask(cancellation)
                : request.IsRelayed && IsClosed(socket) ? "connection closed by the peer"
                : null;
        }
        catch (Exception e) when (e is SocketException or TimeoutException)
        {
            return TransportError.Describe(e);
        }
    }

    private static bool IsClosed(Socket socket) => socket.Poll(RelayPatience, SelectMode.SelectRead) && socket.Available == 0;

    /// <summary>Connects within a bound; loopback names try both address families.</summary>
    internal static Socket Dial(string host, int port, TimeSpan timeout, CancellationToken cancellation)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        bound.CancelAfter(timeout);
        try
        {
            return ClientDialer.DialAsync(host, port, bound.Token).AsTask().GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException();
        }
    }
}
