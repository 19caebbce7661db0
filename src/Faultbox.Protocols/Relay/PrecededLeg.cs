namespace Faultbox.Protocols.Relay;

/// <summary>A leg whose stream begins with bytes that were received before.</summary>
/// <param name="leg">The leg.</param>
/// <param name="received">Bytes that are read first.</param>
internal sealed class PrecededLeg(Leg leg, ReadOnlyMemory<byte> received) : Leg
{
    private ReadOnlyMemory<byte> _received = received;

    /// <inheritdoc/>
    public override string? NegotiatedProtocol => leg.NegotiatedProtocol;

    /// <inheritdoc/>
    public override SocketLeg? Bare => _received.IsEmpty ? leg.Bare : null;

    /// <inheritdoc/>
    public override bool HasFailed => leg.HasFailed;

    /// <inheritdoc/>
    public override Task Broken => leg.Broken;

    /// <inheritdoc/>
    public override Task Delivered => leg.Delivered;

    /// <inheritdoc/>
    public override ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        if (_received.IsEmpty)
        {
            return leg.ReceiveAsync(buffer, cancellation);
        }

        var count = Math.Min(buffer.Length, _received.Length);
        _received[..count].CopyTo(buffer);
        _received = count == _received.Length ? default : _received[count..];
        return ValueTask.FromResult(count);
    }

    /// <inheritdoc/>
    public override ValueTask WaitReadableAsync(CancellationToken cancellation) =>
        _received.IsEmpty ? leg.WaitReadableAsync(cancellation) : ValueTask.CompletedTask;

    /// <inheritdoc/>
    public override ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellation) => leg.SendAsync(data, cancellation);

    /// <inheritdoc/>
    public override void ShutdownSend() => leg.ShutdownSend();

    /// <inheritdoc/>
    public override void Reset() => leg.Reset();

    /// <inheritdoc/>
    public override void Dispose() => leg.Dispose();
}
