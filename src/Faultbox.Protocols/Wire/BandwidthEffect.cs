namespace Faultbox.Protocols.Wire;

/// <summary>Bytes leave at the rate of a bucket; the sender waits when they pile up.</summary>
/// <param name="bucket">The bucket.</param>
internal sealed class BandwidthEffect(TokenBucket bucket) : WireEffect
{
    /// <inheritdoc/>
    public override int QueueLimit(TimeSpan held) => (int)Math.Min(Backlog + bucket.BytesIn(held), LongestQueue);

    /// <inheritdoc/>
    protected override void Change(WirePiece piece, ICollection<WirePiece> output)
    {
        var data = piece.Data;
        while (data.Length > bucket.Portion)
        {
            output.Add(new WirePiece(data[..bucket.Portion], bucket.Reserve(piece.Due, bucket.Portion)));
            data = data[bucket.Portion..];
        }

        output.Add(piece with { Data = data, Due = bucket.Reserve(piece.Due, data.Length) });
    }
}
