using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Faultbox.Core.Proxying;
using Faultbox.Core.Topology;
using Faultbox.Protocols.Udp.Client;
using Faultbox.Protocols.Udp.Proxy;

namespace Faultbox.Protocols.Udp;

/// <summary>Datagrams: one out, and one back or none.</summary>
internal sealed class UdpProtocol : IProtocol
{
    private const int DefaultTimeout = 5000;
    private const int LargestDatagram = 64 * 1024;

    /// <summary>What the lengths of IPv4 and UDP leave room for.</summary>
    public const int MaximumPayload = 65_507;

    public string Name => "udp";

    public ProxySupport Proxy { get; } = new()
    {
        Actions = [ProxyAction.Respond, ProxyAction.Delay, ProxyAction.Drop, ProxyAction.Duplicate, ProxyAction.Datagram],
        Matchers = ["method", "match_body"],
        Keywords = ["body", "value", "delay", "dir"],
        Check = fault => fault.Body is { Length: > MaximumPayload and var length }
            ? string.Create(CultureInfo.InvariantCulture, $"a datagram carries at most {MaximumPayload} bytes, and body has {length}")
            : null,
        Datagrams = place => new UdpProxy(place),
    };

    public IReadOnlyList<StepMethod> Methods { get; } =
    [
        new("send", [new("data"), new("hex"), new("timeout_ms")]),
        new("send_no_reply", [new("data"), new("hex")]),
    ];

    public StepResponse Step(StepRequest request, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        var payload = Payload(request, out var problem);
        if (problem is not null)
        {
            return Failed(problem, started);
        }

        try
        {
            var timeout = Timeout(request);
            using var socket = DatagramDialer.Open(request.Host, request.Port, TimeSpan.FromMilliseconds(timeout), cancellation);
            socket.Send(payload);
            return request.Method == "send_no_reply"
                ? Done($$"""{"size":{{payload.Length}}}""", started)
                : Receive(socket, timeout, started, cancellation);
        }
        catch (Exception e) when (e is SocketException or TimeoutException)
        {
            return Failed(TransportError.Describe(e), started);
        }
    }

    /// <summary>A datagram socket tells nothing about its peer, so only an address that cannot be reached and a port that is not bound, where that can be seen, are not ready.</summary>
    public string? Probe(ProbeRequest request, CancellationToken cancellation)
    {
        try
        {
            using var socket = DatagramDialer.Open(request.Host, request.Port, request.Timeout, cancellation);
            return request.Behind?.Invoke(cancellation);
        }
        catch (Exception e) when (e is SocketException or TimeoutException)
        {
            return TransportError.Describe(e);
        }
    }

    private static StepResponse Receive(Socket socket, int timeout, long started, CancellationToken cancellation)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        bound.CancelAfter(timeout);
        var buffer = new byte[LargestDatagram];
        try
        {
            var count = socket.ReceiveAsync(buffer, bound.Token).AsTask().GetAwaiter().GetResult();
            return Done($$"""{"raw":"{{Convert.ToHexStringLower(buffer.AsSpan(0, count))}}","size":{{count}}}""", started);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return Failed(string.Create(CultureInfo.InvariantCulture, $"no reply within {timeout} ms"), started);
        }
    }

    private static byte[] Payload(StepRequest request, out string? problem)
    {
        problem = null;
        switch (request["data"], request["hex"])
        {
            case ({ }, { }):
                throw new StepArgumentException("data and hex exclude each other");
            case (byte[] raw, null):
                return raw;
            case (string { Length: > 0 } text, null):
                return Encoding.UTF8.GetBytes(text);
            case (null, string hex) when HexBytes.TryParse(hex, out var decoded):
                return decoded;
            case (null, string):
                problem = "invalid hex";
                return [];
            default:
                problem = "nothing to send: give data= or hex=";
                return [];
        }
    }

    private static int Timeout(StepRequest request) => request["timeout_ms"] switch
    {
        null => DefaultTimeout,
        long milliseconds and > 0 and <= int.MaxValue => (int)milliseconds,
        var other => throw StepValues.Wrong("timeout_ms", "a positive int", other),
    };

    private static StepResponse Done(string body, long started) =>
        new() { Success = true, Body = Encoding.UTF8.GetBytes(body), Duration = Stopwatch.GetElapsedTime(started) };

    private static StepResponse Failed(string error, long started) =>
        new() { Success = false, Error = error, Duration = Stopwatch.GetElapsedTime(started) };
}
