using System.Net.Sockets;
using Faultbox.Protocols.Http;
using Faultbox.Protocols.Polling;
using Faultbox.Protocols.Relay;
using Faultbox.Protocols.Tcp;
using Faultbox.Protocols.Tls;
using Faultbox.Protocols.Udp;
using Faultbox.Protocols.Udp.Client;

namespace Faultbox.Protocols;

/// <summary>Single attempts of the address based readiness checks; null means ready, otherwise the cause.</summary>
public static class Readiness
{
    /// <summary>One TCP connect to <c>host:port</c>, with or without a <c>tcp://</c> prefix.</summary>
    /// <param name="address">What is dialled.</param>
    /// <param name="isRelayed">See <see cref="ProbeRequest.IsRelayed"/>.</param>
    /// <param name="behind">See <see cref="ProbeRequest.Behind"/>.</param>
    /// <param name="timeout">Bound of the attempt.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    public static string? Tcp(
        string address, bool isRelayed, Func<CancellationToken, string?>? behind, TimeSpan timeout, CancellationToken cancellation)
    {
        var text = address.StartsWith("tcp://", StringComparison.Ordinal) ? address["tcp://".Length..] : address;
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || !int.TryParse(text.AsSpan(colon + 1), out var port))
        {
            return $"\"{address}\" is not host:port";
        }

        return new TcpProtocol().Probe(
            new ProbeRequest(text[..colon].Trim('[', ']'), port, null, timeout) { IsRelayed = isRelayed, Behind = behind }, cancellation);
    }

    /// <summary>The longest question of <see cref="Udp"/>.</summary>
    public static int LargestQuestion => UdpProtocol.MaximumPayload;

    /// <summary>One question in a datagram, repeated while no reply comes.</summary>
    /// <param name="question">The datagram.</param>
    /// <param name="reply">What its reply begins with; empty for any reply.</param>
    /// <param name="place">Who is asked, and for how long.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    public static string? Udp(ReadOnlyMemory<byte> question, ReadOnlyMemory<byte> reply, ProbeRequest place, CancellationToken cancellation) =>
        new DatagramQuestion(question, reply).Ask(place, cancellation);

    /// <summary>One connect to a unix socket.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="timeout">Bound of the attempt.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    public static string? UnixSocket(ProxyUpstream socket, TimeSpan timeout, CancellationToken cancellation)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        bound.CancelAfter(timeout);
        try
        {
            UpstreamDialer.DialAsync(socket, EventLoop.Next, bound.Token).GetAwaiter().GetResult().Dispose();
            return null;
        }
        catch (SocketException e)
        {
            return TransportError.Describe(e);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return "timed out";
        }
    }

    /// <summary>One GET; accepted are the given statuses, or 200 to 399 when none are given.</summary>
    public static string? Http(Uri url, IReadOnlyList<int> expectStatus, TlsTrust? trust, TimeSpan timeout, CancellationToken cancellation)
    {
        // A redirect that is expected must not be followed away.
        var follow = !expectStatus.Any(s => s is >= 300 and < 400);
        var status = HttpProtocol.Get(url, follow, timeout, cancellation, out var cause, trust: trust);
        var accepted = expectStatus.Count == 0 ? status is >= 200 and < 400 : expectStatus.Contains(status);
        return status == 0 ? cause : accepted ? null : $"status {status}";
    }
}
