namespace Faultbox.Protocols.Wire;

/// <summary>Counts the bytes of both directions and calls for a reset when there were enough.</summary>
/// <param name="limit">Bytes after which the reset is called for; null for never.</param>
/// <param name="reset">Called once.</param>
internal sealed class ResetEffect(long? limit, Action reset) : WireEffect
{
    private long _count;

    /// <inheritdoc/>
    protected override void Change(WirePiece piece, ICollection<WirePiece> output)
    {
        var before = Interlocked.Add(ref _count, piece.Data.Length) - piece.Data.Length;
        if (limit is { } bytes && before < bytes && before + piece.Data.Length >= bytes)
        {
            output.Add(piece with { Data = piece.Data[..(int)(bytes - before)] });
            reset();
            return;
        }

        output.Add(piece);
    }
}
