namespace Faultbox.RealPrograms.Tests;

/// <summary>The same faults in the Java virtual machine and in Node.js: each reports them in its own words.</summary>
[Trait("Category", "Slow")]
public sealed class StoreTests : IDisposable
{
    private readonly Scenario _scenario = new("store");

    public void Dispose() => _scenario.Dispose();

    [Fact]
    public void Java_throws_the_exceptions_of_its_library()
    {
        _scenario.Prepare("javac", "-d", _scenario.At(""), Scenario.Program("Store.java"));
        Run("java", ["-XX:TieredStopAtLevel=1", "-cp", _scenario.At(""), "Store"], new()
        {
            ["open"] = "java.io.FileNotFoundException: " + _scenario.At("data") + " (Too many open files)",
            ["write"] = "java.io.IOException: No space left on device",
            ["sync"] = "java.io.SyncFailedException: sync failed",
            ["connect"] = "java.net.ConnectException: Connection refused",
        });
    }

    [Fact]
    public void Node_rejects_with_the_code_and_the_call() => Run("node", [Scenario.Program("store.js")], new()
    {
        ["open"] = "EMFILE open",
        ["write"] = "ENOSPC write",
        ["sync"] = "EIO fsync",
        ["connect"] = "ECONNREFUSED connect",
    });

    private void Run(string program, string[] arguments, Dictionary<string, string> errors) => _scenario.Run(new Dictionary<string, object>
    {
        ["ARGUMENTS"] = arguments,
        ["DATA"] = _scenario.At("data"),
        ["ERRORS"] = errors,
        ["PORT"] = FreePort.Next(),
        ["PROGRAM"] = program,
    });
}
