using System.Net.Sockets;
using System.Text;

namespace Faultbox.Protocols.Udp.Client;

/// <summary>A question in a datagram and what its reply begins with. Later bytes may differ from reply to reply, as counters and times do.</summary>
/// <param name="question">The datagram that is sent.</param>
/// <param name="reply">First bytes of the reply; empty for any reply.</param>
internal sealed class DatagramQuestion(ReadOnlyMemory<byte> question, ReadOnlyMemory<byte> reply)
{
    private const int LargestDatagram = 64 * 1024;

    /// <summary>As much of a reply as a message shows.</summary>
    private const int Shown = 32;

    /// <summary>Nobody tells that a datagram was lost or came before the service was there, so it is sent again.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Asks until a reply comes: null when it is the expected one, otherwise the cause.</summary>
    /// <param name="place">Who is asked, and for how long.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    public string? Ask(ProbeRequest place, CancellationToken cancellation)
    {
        if (place.Behind?.Invoke(cancellation) is { } cause)
        {
            return cause;
        }

        try
        {
            using var socket = DatagramDialer.Open(place.Host, place.Port, place.Timeout, cancellation);
            return Exchange(socket, place.Timeout, cancellation);
        }
        catch (Exception e) when (e is SocketException or TimeoutException)
        {
            return TransportError.Describe(e);
        }
    }

    private string? Exchange(Socket socket, TimeSpan timeout, CancellationToken cancellation)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        bound.CancelAfter(timeout);
        var buffer = new byte[LargestDatagram];
        socket.Send(question.Span);
        var reception = socket.ReceiveAsync(buffer, bound.Token).AsTask();
        while (Task.WaitAny([reception], Pause) < 0)
        {
            socket.Send(question.Span);
        }

        try
        {
            return Judge(buffer.AsSpan(0, reception.GetAwaiter().GetResult()));
        }
        catch (OperationCanceledException)
        {
            return "no reply to the question";
        }
    }

    private string? Judge(ReadOnlySpan<byte> received) =>
        received.StartsWith(reply.Span) ? null : $"replied {Describe(received)}, expected a reply that begins with {Describe(reply.Span)}";

    private static string Describe(ReadOnlySpan<byte> bytes)
    {
        var first = bytes[..Math.Min(bytes.Length, Shown)];
        var more = bytes.Length > Shown ? "…" : "";
        var text = first.IndexOfAnyExceptInRange((byte)' ', (byte)'~') < 0 ? $" (\"{Encoding.ASCII.GetString(first)}{more}\")" : "";
        return bytes.IsEmpty ? "nothing" : $"{Convert.ToHexStringLower(first)}{more}{text}";
    }
}
