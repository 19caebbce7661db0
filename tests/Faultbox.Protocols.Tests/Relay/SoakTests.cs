using System.Diagnostics;

namespace Faultbox.Protocols.Tests.Relay;

/// <summary>Random rules, traffic and ends of every protocol at once, in a process of their own.</summary>
public sealed class SoakTests
{
    [Fact]
    [Trait("Category", "Slow")]
    public async Task Nothing_is_left_of_random_traffic_under_random_rules()
    {
        var program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../Faultbox.Bench.Proxies/release/Faultbox.Bench.Proxies"));
        using var soak = Process.Start(new ProcessStartInfo(program, ["--soak", "20"]) { RedirectStandardOutput = true })!;
        var output = await soak.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await soak.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(soak.ExitCode == 0, output);
    }
}
