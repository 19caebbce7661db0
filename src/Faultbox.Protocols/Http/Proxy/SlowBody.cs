using System.Buffers;
using System.Diagnostics;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Http.Codec;
using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Http.Proxy;

/// <summary>A body that is as the service sends it, and comes at a rate: the service waits, nothing is kept.</summary>
internal sealed class SlowBody(BodyFraming framing, HttpSlowBody fault) : BodyChange(framing)
{
    private const double PiecesPerSecond = 50;
    private const int LargestPiece = 64 * 1024;

    private readonly int _piece = (int)Math.Clamp(fault.BytesPerSecond / PiecesPerSecond, 1, LargestPiece);
    private long _due;

    /// <inheritdoc/>
    public override bool IsOver => Body.IsComplete;

    /// <inheritdoc/>
    public override bool EndsConnection => false;

    /// <inheritdoc/>
    public override int Take(ReadOnlySpan<byte> bytes, IBufferWriter<byte> output)
    {
        var count = Body.Take(bytes);
        output.Write(bytes[..count]);
        return count;
    }

    /// <summary>Sends a part of the body, each piece when its time has come.</summary>
    public async ValueTask SendAsync(Leg client, ReadOnlyMemory<byte> part, CancellationToken cancellation)
    {
        if (_due == 0)
        {
            _due = Stopwatch.GetTimestamp() + (long)(fault.FirstByte.TotalSeconds * Stopwatch.Frequency);
        }

        while (!part.IsEmpty)
        {
            await Pause.ForAsync(Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), _due), client, cancellation).ConfigureAwait(false);
            var piece = part[..Math.Min(_piece, part.Length)];
            await client.SendAsync(piece, cancellation).ConfigureAwait(false);
            part = part[piece.Length..];

            // A pause of the service is no credit for a burst.
            _due = Math.Max(_due, Stopwatch.GetTimestamp()) + (long)(piece.Length / fault.BytesPerSecond * Stopwatch.Frequency);
        }
    }
}
