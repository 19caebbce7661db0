namespace Faultbox.RealPrograms.Tests;

/// <summary>Redis with an append-only log on a full disk.</summary>
[Trait("Category", "Slow")]
public sealed class RedisTests : IDisposable
{
    private readonly Scenario _scenario = new("redis");

    public void Dispose() => _scenario.Dispose();

    [Fact]
    public void A_full_disk_is_answered_as_the_durability_policy_demands()
    {
        var run = _scenario.Run(new Dictionary<string, object>
        {
            ["ALWAYS"] = FreePort.Next(),
            ["ALWAYS_DATA"] = _scenario.DataDirectory("always"),
            ["EVERYSEC"] = FreePort.Next(),
            ["EVERYSEC_DATA"] = _scenario.DataDirectory("everysec"),
        });

        Assert.Contains("Can't recover from AOF write error when the AOF fsync policy is 'always'. Exiting...", run.Error, StringComparison.Ordinal);
        Assert.Contains("Error writing to the AOF file: No space left on device", run.Error, StringComparison.Ordinal);
    }
}
