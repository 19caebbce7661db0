using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Tests.Relay;

/// <summary>A leg that says at once that something can be received, as a socket does whose bytes were received before it was told of them.</summary>
internal sealed class HastyLeg(Leg leg) : Leg
{
    public override bool HasFailed => leg.HasFailed;

    public override Task Broken => leg.Broken;

    public override Task Delivered => leg.Delivered;

    public override ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellation) => leg.ReceiveAsync(buffer, cancellation);

    public override ValueTask WaitReadableAsync(CancellationToken cancellation) => ValueTask.CompletedTask;

    public override ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellation) => leg.SendAsync(data, cancellation);

    public override void ShutdownSend() => leg.ShutdownSend();

    public override void Reset() => leg.Reset();

    public override void Dispose() => leg.Dispose();
}
