namespace Faultbox.Protocols.Wire;

/// <summary>Nothing leaves until the window ends.</summary>
internal sealed class BlockingEffect : WireEffect
{
    /// <inheritdoc/>
    public override bool Blocks => !Detached.IsCompleted;

    /// <inheritdoc/>
    protected override void Change(WirePiece piece, ICollection<WirePiece> output) => output.Add(piece);
}
