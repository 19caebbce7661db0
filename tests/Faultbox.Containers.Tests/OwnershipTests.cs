using System.Diagnostics;
using System.Globalization;
using Faultbox.Cli.Tests;

namespace Faultbox.Containers.Tests;

/// <summary>Nothing in the engine outlives the run that it belongs to.</summary>
[Trait("Category", "Slow")]
public sealed class OwnershipTests(EngineFixture engine) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Workspace _space = new();
    private readonly CancellationToken _cancellation = TestContext.Current.CancellationToken;

    public void Dispose() => _space.Dispose();

    [Fact]
    public async Task A_run_that_is_killed_takes_its_containers_and_network_along()
    {
        ImageContexts.Busybox(_space);
        _space.Write("spec.star", """
            c = service("c", interface("main", "tcp", 7000), build = "./busybox", healthcheck = tcp("localhost:7000"))
            d = service("d", interface("main", "tcp", 7000), build = "./busybox", healthcheck = tcp("localhost:7000"))
            def test_c():
                fault(c, write = delay("1ms"), run = lambda: c.main.send(data = "hang"))
            """);
        using var run = _space.Begin("test", "spec.star", "--no-bundle");
        var processes = await RunningAsync("faultbox-c", "faultbox-d");

        run.Kill();
        await run.WaitForExitAsync(_cancellation);

        await UntilAsync(async () => (await engine.FootprintAsync()).Count == 0 && !processes.Any(p => Directory.Exists($"/proc/{p}")));
    }

    [Fact]
    public async Task What_dead_runs_left_is_removed_and_what_others_own_is_not()
    {
        ImageContexts.Busybox(_space);
        await engine.Engine.BuildAsync(BuildContext.Pack(_space.File("busybox")), "faultbox-test:latest", _cancellation);
        var boot = (await File.ReadAllTextAsync("/proc/sys/kernel/random/boot_id", _cancellation)).Trim();
        var stale = await CreateAsync("faultbox-stale", Labels(int.MaxValue, "1", boot));
        var rebooted = await CreateAsync("faultbox-rebooted", Labels(Environment.ProcessId, OwnStart(), "another"));
        var unlabelled = await CreateAsync("faultbox-unlabelled", new Dictionary<string, string>());
        var owned = await CreateAsync("faultbox-owned", Labels(Environment.ProcessId, OwnStart(), boot));
        await engine.Engine.CreateNetworkAsync("faultbox-net", Labels(int.MaxValue, "1", boot), _cancellation);
        try
        {
            _space.Test("""
                c = service("c", interface("main", "tcp", 7000), build = "./busybox", healthcheck = tcp("localhost:7000"))
                def test_c():
                    assert_eq(c.main.send(data = "x"), "stored")
                """).Exited(0);

            Assert.Equal(["faultbox-owned"], await engine.FootprintAsync());
        }
        finally
        {
            foreach (var id in (string[])[stale, rebooted, unlabelled, owned])
            {
                await engine.Engine.RemoveAsync(id, CancellationToken.None);
            }
        }
    }

    [Fact]
    public async Task Two_runs_at_the_same_time_do_not_meet()
    {
        ImageContexts.Busybox(_space);
        _space.Write("long.star", """
            c = service("c", interface("main", "tcp", 7000), build = "./busybox", healthcheck = tcp("localhost:7000"))
            def test_c():
                c.main.send(data = "hang")
            """);
        using var first = _space.Begin("test", "long.star", "--no-bundle");
        await RunningAsync("faultbox-c");

        _space.Test("""
            c = service("c", interface("main", "tcp", 7000), build = "./busybox", healthcheck = tcp("localhost:7000"))
            def test_c():
                assert_eq(c.main.send(data = "x"), "stored")
            """).Exited(0);

        Assert.Equal(["faultbox-c", "faultbox-net"], await engine.FootprintAsync());
        first.Kill();
        await UntilAsync(async () => (await engine.FootprintAsync()).Count == 0);
    }

    private async Task<IReadOnlyList<int>> RunningAsync(params string[] names)
    {
        List<int> processes = [];
        await UntilAsync(async () =>
        {
            processes.Clear();
            foreach (var container in await engine.Engine.ContainersAsync(_cancellation))
            {
                if (container.State == "running" && container.Names.Any(n => names.Contains(n.TrimStart('/'))))
                {
                    processes.Add((await engine.Engine.InspectAsync(container.Id, _cancellation)).State.Pid);
                }
            }

            return processes.Count == names.Length;
        });
        return processes;
    }

    private async Task UntilAsync(Func<Task<bool>> condition)
    {
        var start = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Patience, $"not within {Patience}; the engine has {string.Join(", ", await engine.FootprintAsync())}");
            await Task.Delay(20, _cancellation);
        }
    }

    private Task<string> CreateAsync(string name, IReadOnlyDictionary<string, string> labels) => engine.Engine.CreateAsync(
        name, new ContainerRequest { Image = "faultbox-test:latest", Labels = labels, HostConfig = new HostConfiguration() }, _cancellation);

    private static Dictionary<string, string> Labels(int process, string start, string boot) => new()
    {
        ["io.faultbox.run"] = "0000",
        ["io.faultbox.pid"] = process.ToString(CultureInfo.InvariantCulture),
        ["io.faultbox.starttime"] = start,
        ["io.faultbox.boot"] = boot,
    };

    private static string OwnStart()
    {
        var stat = File.ReadAllText("/proc/self/stat");
        return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19];
    }
}
