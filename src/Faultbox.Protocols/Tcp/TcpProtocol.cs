using System.Buffers;
using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Relay;
using Faultbox.Protocols.Tcp.Proxy;
using Faultbox.Protocols.Tls;

namespace Faultbox.Protocols.Tcp;

/// <summary>Plain TCP: one line out, one line back.</summary>
internal sealed class TcpProtocol : IProtocol
{
    private const int MaximumLine = 64 * 1024;
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ExchangeTimeout = TimeSpan.FromSeconds(10);

    // A relay on the same machine learns within a millisecond that nobody listens behind it.
    private static readonly TimeSpan RelayPatience = TimeSpan.FromMilliseconds(50);

    public string Name => "tcp";

    public ProxySupport Proxy { get; } = new()
    {
        Actions = [ProxyAction.Respond, ProxyAction.Error, ProxyAction.Delay, ProxyAction.Drop, ProxyAction.Wire],
        Matchers = ["method", "match_body"],
        DropModes = [DropMode.Default, DropMode.Close, DropMode.Reset, DropMode.Blackhole],
        Keywords = ["body", "value", "delay"],
        Tls = true,
        Connections = new TcpRelay(),
    };

    public IReadOnlyList<StepMethod> Methods { get; } = [new("send", [new("data", Required: true)], ReturnsText: true)];

    public StepResponse Step(StepRequest request, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            var line = Exchange(request, cancellation);
            return new StepResponse { Success = true, Body = line, Duration = Stopwatch.GetElapsedTime(started) };
        }
        catch (Exception e) when (e is SocketException or IOException or TimeoutException or AuthenticationException)
        {
            return new StepResponse
            {
                Success = false,
                Error = TransportError.Describe(e),
                Duration = Stopwatch.GetElapsedTime(started),
            };
        }
    }

    public string? Probe(ProbeRequest request, CancellationToken cancellation)
    {
        try
        {
            using var socket = Dial(request.Host, request.Port, request.Timeout, cancellation);
            return request.IsRelayed && IsClosed(socket) ? "connection closed by the peer" : null;
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

    private static byte[] Exchange(StepRequest request, CancellationToken cancellation)
    {
        using var socket = Dial(request.Host, request.Port, ConnectTimeout, cancellation);
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        bound.CancelAfter(ExchangeTimeout);
        try
        {
            using var stream = TlsConnect.Over(socket, request.Tls, request.Host, bound.Token);
            return ExchangeAsync(stream, request["data"], bound.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException();
        }
    }

    private static async Task<byte[]> ExchangeAsync(Stream stream, object? data, CancellationToken cancellation)
    {
        await stream.WriteAsync(Line(data), cancellation).ConfigureAwait(false);
        var received = new ArrayBufferWriter<byte>(1024);
        while (received.WrittenCount < MaximumLine)
        {
            var count = await stream.ReadAsync(received.GetMemory(1024), cancellation).ConfigureAwait(false);
            if (count == 0)
            {
                // A peer that closes without ending its line has still said what came before.
                break;
            }

            var end = received.GetSpan(count)[..count].IndexOf((byte)'\n');
            received.Advance(end < 0 ? count : end);
            if (end >= 0)
            {
                break;
            }
        }

        return received.WrittenMemory.ToArray();
    }

    private static byte[] Line(object? data)
    {
        var bytes = data switch
        {
            byte[] raw => raw,
            null => [],
            _ => Encoding.UTF8.GetBytes(Convert.ToString(data, System.Globalization.CultureInfo.InvariantCulture) ?? ""),
        };
        return bytes.Length > 0 && bytes[^1] == '\n' ? bytes : [.. bytes, (byte)'\n'];
    }
}
