using System.Buffers;
using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Authentication;
using Faultbox.Protocols.Tls;

namespace Faultbox.Protocols.Tcp.Client;

/// <summary>One message to a peer and its reply, on a connection of their own.</summary>
internal sealed class TcpExchange(StepRequest request, TcpMessage message)
{
    private const int Piece = 1024;
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    private readonly ArrayBufferWriter<byte> _received = new(Piece);
    private readonly long _started = Stopwatch.GetTimestamp();
    private (int Reply, int Delimiter)? _end;

    /// <summary>Sends and receives; a failed transport is a response with an error and with what had come by then.</summary>
    public StepResponse Run(CancellationToken cancellation)
    {
        try
        {
            return Respond(Exchange(cancellation));
        }
        catch (Exception e) when (e is SocketException or IOException or TimeoutException or AuthenticationException)
        {
            return Respond(TransportError.Describe(e));
        }
    }

    private string? Exchange(CancellationToken cancellation)
    {
        var patience = message.Timeout < ConnectTimeout ? message.Timeout : ConnectTimeout;
        using var socket = TcpProtocol.Dial(request.Host, request.Port, patience, cancellation);
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        bound.CancelAfter(message.Timeout);
        try
        {
            using var stream = TlsConnect.Over(socket, request.Tls, request.Host, bound.Token);
            return ExchangeAsync(stream, bound.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException();
        }
    }

    private async Task<string?> ExchangeAsync(Stream stream, CancellationToken cancellation)
    {
        await stream.WriteAsync(message.Payload, cancellation).ConfigureAwait(false);
        while (_received.WrittenCount < message.End.Limit)
        {
            var seen = _received.WrittenCount;
            var count = await stream.ReadAsync(_received.GetMemory(Piece), cancellation).ConfigureAwait(false);
            if (count == 0)
            {
                return message.End.Problem(seen, hasClosed: true);
            }

            _received.Advance(count);
            _end = message.End.Find(_received.WrittenSpan, seen);
            if (_end is not null)
            {
                return null;
            }
        }

        return message.End.Problem(_received.WrittenCount, hasClosed: false);
    }

    private StepResponse Respond(string? error)
    {
        var (reply, delimiter) = _end ?? (_received.WrittenCount, 0);
        return new StepResponse
        {
            Success = error is null,
            Error = error ?? "",
            Body = _received.WrittenMemory[..reply],
            Raw = _received.WrittenMemory[..(reply + delimiter)],
            IsText = !message.IsRaw,
            Duration = Stopwatch.GetElapsedTime(_started),
        };
    }
}
