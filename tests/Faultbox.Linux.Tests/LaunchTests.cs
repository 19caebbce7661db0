using System.Net.Sockets;
using Faultbox.Linux.Processes;
using Faultbox.Linux.Shim;

namespace Faultbox.Linux.Tests;

public sealed class LaunchTests : IDisposable
{
    private readonly ServiceFixture _services = new();

    public void Dispose() => _services.Dispose();

    [Fact]
    public async Task Unfiltered_program_runs_with_its_arguments_environment_and_directory()
    {
        await using var service = _services.Shell("echo $0 $LANG; pwd; echo oops >&2; exit 3");

        Assert.Equal($"/bin/sh C\n{_services.Directory}\n", await ServiceFixture.ReadAll(service.StandardOutput));
        Assert.Equal("oops\n", await ServiceFixture.ReadAll(service.StandardError));
        Assert.Equal(new ExitStatus(3, null, false), await ServiceFixture.Within(service.Exited));
        Assert.Equal("namespace", service.Isolation);
        Assert.Null(service.Listener);
    }

    [Fact]
    public async Task Environment_is_exactly_what_was_asked_for()
    {
        await using var service = _services.Launch("/usr/bin/env", []);

        Assert.Equal("PATH=/usr/local/bin:/usr/bin:/bin\nLANG=C\n", await ServiceFixture.ReadAll(service.StandardOutput));
    }

    [Fact]
    public async Task Service_starts_with_three_descriptors_an_empty_input_and_default_signals()
    {
        await using var service = _services.Shell("cat; ls /proc/self/fd; grep -E 'SigBlk|SigIgn' /proc/self/status");

        var output = await ServiceFixture.ReadAll(service.StandardOutput);

        // The fourth one is ls reading the directory.
        Assert.Equal("0\n1\n2\n3\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n", output);
    }

    [Fact]
    public async Task Service_sees_a_process_namespace_of_its_own()
    {
        await using var service = _services.Shell("echo $$; cat /proc/1/comm; test -d /proc/$PPID && echo $PPID");

        Assert.Equal("2\nfaultbox-init\n1\n", await ServiceFixture.ReadAll(service.StandardOutput));
        Assert.NotEqual(2, service.ProcessId);
    }

    [Fact]
    public async Task Bare_name_is_looked_for_in_the_services_own_path()
    {
        await using var service = _services.Launch("sh", ["-c", "echo found"]);

        Assert.Equal("found\n", await ServiceFixture.ReadAll(service.StandardOutput));
    }

    [Theory]
    [InlineData("/nowhere/program", "ENOENT", "exec /nowhere/program: no such file or directory")]
    [InlineData("/etc/passwd", "EACCES", "exec /etc/passwd: permission denied")]
    [InlineData("no-such-program", "ENOENT", "exec no-such-program: no such file or directory")]
    public void Program_that_cannot_execute_is_reported_at_once(string program, string errno, string message)
    {
        var failure = Assert.Throws<LaunchException>(
            () => _services.Launch(program, [], ServiceFixture.Numbers("write"), RecordingHandler.AllowAll));

        Assert.Equal((LaunchStep.Execute, errno, program, message), (failure.Step, failure.Errno!.Value.Name, failure.Program, failure.Message));
        Assert.Empty(_services.Survivors());
    }

    [Fact]
    public async Task Only_a_service_with_a_filter_loses_the_way_to_more_privileges()
    {
        const string Status = "grep -E 'NoNewPrivs|Seccomp:' /proc/self/status";
        await using var plain = _services.Shell(Status);
        await using var filtered = _services.Shell(Status, ServiceFixture.Numbers("fsync"), RecordingHandler.AllowAll);

        Assert.Equal("NoNewPrivs:\t0\nSeccomp:\t0\n", await ServiceFixture.ReadAll(plain.StandardOutput));
        Assert.Equal("NoNewPrivs:\t1\nSeccomp:\t2\n", await ServiceFixture.ReadAll(filtered.StandardOutput));
    }

    [Fact]
    public void Working_directory_that_does_not_exist_is_named()
    {
        var failure = Assert.Throws<LaunchException>(
            () => _services.Launcher.Launch(_services.Request("/bin/true", []) with { WorkingDirectory = "/nowhere" }));

        Assert.Equal((LaunchStep.WorkingDirectory, "working directory /nowhere: no such file or directory"), (failure.Step, failure.Message));
    }

    [Fact]
    public async Task Launcher_that_cannot_connect_tells_the_step_and_errno()
    {
        using var channels = new ServiceChannels(inherits: false);
        var image = LauncherProgram.Build(new LauncherPlan
        {
            SocketPath = "/nowhere/socket",
            Candidates = ["/bin/true"],
            Arguments = ["true"],
            WorkingDirectory = "/",
            FilteredSyscalls = [],
            RefuseIoUring = false,
            Isolation = IsolationMode.Namespace,
            ControlGroup = null,
        });
        var launcher = Spawning.Start(image, [], channels);
        channels.CloseLauncherEnds();
        var report = new byte[8];
        using var lifeline = new Socket(new SafeSocketHandle(channels.Lifeline.DangerousGetHandle(), ownsHandle: false));
        Assert.Equal(report.Length, await lifeline.ReceiveAsync(report, TestContext.Current.CancellationToken));
        Children.Await(launcher);

        Assert.Equal(((int)LaunchStep.Connect, 2), (BitConverter.ToInt32(report), BitConverter.ToInt32(report, 4)));
    }

    [Fact]
    public void Run_directory_that_does_not_exist_is_named()
    {
        var failure = Assert.Throws<LaunchException>(
            () => _services.Launcher.Launch(_services.Request("/bin/true", []) with { RunDirectory = "/nowhere" }));

        Assert.Contains("needs a socket in /nowhere", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hand_off_works_in_a_run_directory_whose_path_is_too_long_for_a_socket()
    {
        var deep = Directory.CreateDirectory(Path.Combine(_services.Directory, new string('x', 120))).FullName;
        await using var service = _services.Launcher.Launch(_services.Request("/bin/echo", ["hi"]) with { RunDirectory = deep });

        Assert.Equal("hi\n", await ServiceFixture.ReadAll(service.StandardOutput));
        Assert.Empty(Directory.EnumerateFileSystemEntries(deep));
    }

    [Fact]
    public async Task Long_argument_lists_arrive_whole()
    {
        var argument = new string('y', 100_000);
        await using var service = _services.Launch("/bin/echo", ["-n", argument]);

        Assert.Equal(argument, await ServiceFixture.ReadAll(service.StandardOutput));
    }

    [Fact]
    public async Task Services_start_side_by_side()
    {
        var launches = Enumerable.Range(0, 16).Select(i => Task.Run(async () =>
        {
            await using var service = _services.Shell($"echo {i}", ServiceFixture.Numbers("write"), RecordingHandler.AllowAll);
            return await ServiceFixture.ReadAll(service.StandardOutput);
        }));

        Assert.Equal(Enumerable.Range(0, 16).Select(i => $"{i}\n"), await ServiceFixture.Within(Task.WhenAll(launches)));
    }

    [Theory]
    [InlineData("exit", 7, 7, null)]
    [InlineData("exit", 200, 200, null)]
    [InlineData("signal", 11, 139, "SIGSEGV")]
    [InlineData("signal", 9, 137, "SIGKILL")]
    public async Task Exit_status_tells_codes_from_signals(string how, int value, int code, string? signal)
    {
        await using var service = _services.Launch(Probe.Path, [how, $"{value}"]);

        Assert.Equal(new ExitStatus(code, signal, false), await ServiceFixture.Within(service.Exited));
    }

    [Fact]
    public void Filter_without_a_handler_is_refused()
    {
        Assert.Throws<ArgumentException>(() => _services.Shell("true", ServiceFixture.Numbers("write")));
    }
}
