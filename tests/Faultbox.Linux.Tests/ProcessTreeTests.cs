using System.Diagnostics;
using Faultbox.Linux.Processes;

namespace Faultbox.Linux.Tests;

public sealed class ProcessTreeTests : IDisposable
{
    private static readonly string Host = Path.Combine(AppContext.BaseDirectory, "Faultbox.Linux.Host");

    /// <summary>A user namespace in which no process namespace may be made, as some hosts and container policies have it.</summary>
    private static readonly string[] WithoutProcessNamespaces =
        ["unshare", "--user", "--map-root-user", "sh", "-c", "echo 0 > /proc/sys/user/max_pid_namespaces && exec \"$@\"", "sh"];

    private readonly ServiceFixture _services = new();

    public void Dispose() => _services.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stop_takes_a_daemonised_grandchild_along(bool processGroup)
    {
        Isolate(processGroup);
        await using var service = _services.Launch(Probe.Path, ["daemon-stay"]);
        await ServiceFixture.ReadSome(service.StandardOutput);
        Assert.NotEmpty(_services.Survivors());

        var status = await ServiceFixture.Within(service.StopAsync(TimeSpan.FromSeconds(10)));

        Assert.Equal(new ExitStatus(0, "SIGTERM", true), status);
        Assert.Equal(processGroup ? "process_group" : "namespace", service.Isolation);
        Assert.Empty(_services.Survivors());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Service_that_ends_by_itself_leaves_no_daemon_and_no_orphan(bool processGroup)
    {
        Isolate(processGroup);
        await using var daemon = _services.Launch(Probe.Path, ["daemon"]);
        await using var orphan = _services.Launch(Probe.Path, ["orphan"]);

        Assert.Equal(new ExitStatus(0, null, false), await ServiceFixture.Within(daemon.Exited));
        Assert.Equal(new ExitStatus(0, null, false), await ServiceFixture.Within(orphan.Exited));
        Assert.Empty(_services.Survivors());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Service_that_ignores_the_termination_signal_is_killed_after_the_grace_period(bool processGroup)
    {
        Isolate(processGroup);
        await using var service = _services.Launch(Probe.Path, ["stubborn"]);
        await ServiceFixture.ReadSome(service.StandardOutput);

        var status = await ServiceFixture.Within(service.StopAsync(TimeSpan.FromMilliseconds(50)));

        Assert.Equal(new ExitStatus(0, "SIGKILL", true), status);
        Assert.Empty(_services.Survivors());
    }

    [Fact]
    public async Task Service_that_answers_the_termination_signal_keeps_its_own_exit_code()
    {
        await using var service = _services.Shell("trap 'exit 5' TERM; echo ready; while :; do sleep 0.01; done");
        await ServiceFixture.ReadSome(service.StandardOutput);

        Assert.Equal(new ExitStatus(5, null, true), await ServiceFixture.Within(service.StopAsync(TimeSpan.FromSeconds(10))));
    }

    [Fact]
    public async Task Kill_ends_a_service_whose_intercepted_calls_nobody_answers()
    {
        var waits = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var handler = new RecordingHandler((_, ref readonly _) => waits.TrySetResult(true));
        await using var service = _services.Launch(Probe.Path, ["threads", "4", "1"], ServiceFixture.Numbers("getppid"), handler);
        await ServiceFixture.Within(waits.Task);

        service.Kill();

        Assert.Equal(new ExitStatus(0, "SIGKILL", true), await ServiceFixture.Within(service.Exited));
        Assert.Null((await ServiceFixture.Within(handler.Ended)).Failure);
    }

    [Fact]
    public async Task Signals_reach_the_services_own_process()
    {
        await using var service = _services.Launch(Probe.Path, ["stay"]);
        await ServiceFixture.ReadSome(service.StandardOutput);

        service.Signal(10);

        Assert.Equal(new ExitStatus(138, "SIGUSR1", false), await ServiceFixture.Within(service.Exited));
    }

    [Fact]
    public async Task Service_has_a_control_group_of_its_own_that_goes_with_it()
    {
        await using var service = _services.Shell("echo up; sleep 60");
        await ServiceFixture.ReadSome(service.StandardOutput);
        var group = UnifiedGroupOf(service.ProcessId);

        // Where this process may make no group, the service stays in that of its launcher.
        var ours = ControlGroupsOf(Environment.ProcessId).Count(d => d.EndsWith(group, StringComparison.Ordinal));
        Assert.Equal(ServiceLauncher.HasControlGroups ? 1 : 0, ours);
        Assert.Equal(ServiceLauncher.HasControlGroups, group != UnifiedGroupOf(Environment.ProcessId));
        service.Kill();
        await ServiceFixture.Within(service.Exited);
        Assert.DoesNotContain(ControlGroupsOf(Environment.ProcessId), d => d.EndsWith(group, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Disposed_launcher_leaves_no_service()
    {
        using var launcher = new ServiceLauncher();
        var service = launcher.Launch(_services.Request(Probe.Path, ["daemon-stay"]));
        await ServiceFixture.ReadSome(service.StandardOutput);

        launcher.Dispose();

        Assert.True(service.Exited.IsCompletedSuccessfully);
        Assert.Empty(_services.Survivors());
        await service.DisposeAsync();
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_is_left_when_the_owner_is_killed(bool namespacesRefused)
    {
        // Without namespaces only a control group holds a daemon, and not every host grants one.
        string[] command = [Host, _services.Directory, Probe.Path, namespacesRefused ? "stay" : "daemon-stay"];
        using var owner = StartHost(namespacesRefused ? [.. WithoutProcessNamespaces, .. command] : command);
        var line = await ReadLine(owner);
        Assert.StartsWith(namespacesRefused ? "started process_group" : "started namespace", line, StringComparison.Ordinal);
        using var service = Process.GetProcessById(int.Parse(line.Split(' ')[2]));
        await Eventually(() => _services.Survivors().Count > 0);

        owner.Kill();
        await owner.WaitForExitAsync(TestContext.Current.CancellationToken);
        await service.WaitForExitAsync(TestContext.Current.CancellationToken);

        await Eventually(() => _services.Survivors().Count == 0);
        await Eventually(() => ControlGroupsOf(owner.Id).Length == 0);
    }

    [Fact]
    public async Task Kernel_that_refuses_namespaces_is_served_with_a_process_group()
    {
        using var owner = StartHost([.. WithoutProcessNamespaces, Host, _services.Directory, Probe.Path, "daemon-stay"]);
        Assert.StartsWith("started process_group", await ReadLine(owner), StringComparison.Ordinal);

        owner.StandardInput.Close();

        Assert.Equal("ended 0", await ReadLine(owner));
        await owner.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Empty(_services.Survivors());
    }

    [Fact]
    public async Task Unprivileged_owner_isolates_in_a_user_namespace_or_a_process_group()
    {
        // What the other user must reach lies where it may: the programs this test needs are copied next to the run directory.
        const string Nobody = "65534";
        string[] asNobody = Environment.IsPrivilegedProcess ? ["setpriv", "--reuid", Nobody, "--regid", Nobody, "--clear-groups"] : [];
        var program = Path.Combine(_services.Directory, "probe");
        File.Copy(Probe.Path, program);
        File.SetUnixFileMode(_services.Directory, (UnixFileMode)Convert.ToInt32("777", 8));
        File.SetUnixFileMode(program, (UnixFileMode)Convert.ToInt32("755", 8));
        using var owner = StartHost([.. asNobody, Host, _services.Directory, program, "daemon-stay"]);

        var line = await ReadLine(owner);
        Assert.Matches("^started (namespace|process_group) ", line);
        owner.StandardInput.Close();

        Assert.Equal("ended 0", await ReadLine(owner));
        await owner.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Empty(_services.Survivors());
    }

    private void Isolate(bool processGroup)
    {
        if (processGroup)
        {
            _services.Launcher.RefuseNamespaces();
        }
    }

    private static Process StartHost(string[] command) => Process.Start(new ProcessStartInfo(command[0], command[1..])
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        Environment = { ["DOTNET_EnableDiagnostics"] = "0" },
    })!;

    private static async Task<string> ReadLine(Process process) =>
        await ServiceFixture.Within(process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask()) ?? "";

    /// <summary>Path of a process in the unified hierarchy, as cgroups(7) shows it; empty where there is none.</summary>
    private static string UnifiedGroupOf(int process) =>
        File.ReadLines($"/proc/{process}/cgroup").FirstOrDefault(l => l.StartsWith("0::", StringComparison.Ordinal))?[3..] ?? "";

    private static string[] ControlGroupsOf(int owner) =>
    [
        .. Directory.EnumerateDirectories(
            "/sys/fs/cgroup",
            $"faultbox-{owner}-*",
            new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true }),
    ];

    /// <summary>The watcher clears away on its own time; the test ends when it has, and fails with the run when it never does.</summary>
    private static async Task Eventually(Func<bool> condition)
    {
        while (!condition())
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
