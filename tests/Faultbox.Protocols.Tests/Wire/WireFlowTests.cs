using Faultbox.Core.Proxying;
using Faultbox.Protocols.Wire;

namespace Faultbox.Protocols.Tests.Wire;

/// <summary>How much may be under way before the sender has to wait.</summary>
public sealed class WireFlowTests
{
    private const int Block = 64 * 1024;

    [Fact]
    public void A_rate_alone_holds_one_block_back() => Assert.Equal(1, Taken(Rate()));

    [Fact]
    public void Latency_alone_holds_nobody_back() => Assert.Equal(100, Taken(Latency()));

    /// <summary>A pipe of 10 MB/s that is 100 ms long holds 1 MB: a sender that had to wait earlier could not fill it.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_rate_with_latency_lets_a_pipe_of_its_length_fill(bool latencyFirst) =>
        Assert.Equal(1 + (1_000_000 / Block), Taken(latencyFirst ? [Latency(), Rate()] : [Rate(), Latency()]));

    private static BandwidthEffect Rate() => new(new TokenBucket(10_000_000, burst: Block));

    private static LatencyEffect Latency() =>
        new(new WireLatency(TimeSpan.FromMilliseconds(100), TimeSpan.Zero, JitterDistribution.Uniform, TrafficDirection.ServerToClient), () => 0);

    /// <summary>Blocks that a flow takes at once, of a hundred that nobody takes from it.</summary>
    private static int Taken(params WireEffect[] effects)
    {
        var flow = new WireFlow(() => effects);
        return Enumerable.Range(0, 100).TakeWhile(_ => flow.AddAsync(new byte[Block], WireEnd.None, TestContext.Current.CancellationToken).IsCompleted).Count();
    }
}
