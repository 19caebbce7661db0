using Faultbox.Cli.Tests;

namespace Faultbox.RealPrograms.Tests;

/// <summary>SQLite under a disk that fails or is full in the middle of a commit.</summary>
[Trait("Category", "Slow")]
public sealed class SqliteTests : IDisposable
{
    private readonly Scenario _scenario = new("sqlite");

    public void Dispose() => _scenario.Dispose();

    [Fact]
    public void A_commit_that_the_disk_refuses_is_rolled_back() => _scenario.Run(new Dictionary<string, object>
    {
        ["LEDGER"] = Workspace.Sibling("Ledger", "ledger"),
        ["FILE"] = _scenario.At("ledger.db"),
        ["PORT"] = FreePort.Next(),
    });
}
