using System.Collections.Concurrent;
using System.Diagnostics;
using Faultbox.Linux.Seccomp;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Linux.Tests;

public sealed class InterceptionTests : IDisposable
{
    private const int InputOutputError = 5;

    private readonly ServiceFixture _services = new();

    public void Dispose() => _services.Dispose();

    [Theory]
    [InlineData("family")]
    [InlineData("exec")]
    [InlineData("fork-exec")]
    public async Task Every_member_of_a_family_fails_on_the_first_descriptor_a_program_opens(string how)
    {
        var handler = new RecordingHandler((listener, ref readonly n) =>
        {
            _ = n.Arg0 == 3 ? listener.Fail(n.Id, InputOutputError) : listener.Continue(n.Id);
        });

        var output = await _services.RunProbe([how], ServiceFixture.Numbers("write"), handler);

        Assert.Equal("open=0\nwrite=5\nwritev=5\npwrite64=5\npwritev2=5\ndescriptor=0\n", output);
    }

    [Fact]
    public async Task Filter_that_contains_every_call_of_the_hand_off_does_not_block_it()
    {
        var calls = new ConcurrentDictionary<string, int>();
        var handler = new RecordingHandler((listener, ref readonly n) =>
        {
            calls.AddOrUpdate(SyscallTable.NameOf(n.Number), 1, (_, count) => count + 1);
            listener.Continue(n.Id);
        });
        int[] everything = [.. SyscallTable.Names.Select(ServiceFixture.Number)];

        var output = await _services.RunProbe(["family"], everything, handler);

        Assert.StartsWith("open=0", output, StringComparison.Ordinal);
        Assert.DoesNotContain("sendmsg", calls.Keys);
        Assert.DoesNotContain("execve", calls.Keys);
    }

    [Fact]
    public async Task Call_can_return_a_value_without_running()
    {
        var handler = new RecordingHandler((listener, ref readonly n) =>
        {
            _ = n.Arg0 == 3 ? listener.Return(n.Id, 1) : listener.Continue(n.Id);
        });

        var output = await _services.RunProbe(["family"], ServiceFixture.Numbers("write"), handler);

        Assert.Contains("write=0\nwritev=0", output, StringComparison.Ordinal);
        Assert.Equal(0, new FileInfo(Path.Combine(_services.Directory, "data")).Length);
    }

    [Fact]
    public async Task Calls_may_be_answered_from_other_threads()
    {
        var handler = new RecordingHandler((listener, ref readonly n) =>
        {
            var id = n.Id;
            ThreadPool.UnsafeQueueUserWorkItem(_ => listener.Continue(id), null);
        });

        await _services.RunProbe(["threads", "8", "50"], ServiceFixture.Numbers("getppid"), handler);

        Assert.Equal(400, handler.Received);
    }

    [Fact]
    public async Task Delayed_calls_are_answered_in_the_order_of_their_deadlines()
    {
        using var timer = new ReplyTimer();
        var handler = new RecordingHandler(
            (listener, ref readonly n) => timer.Schedule(listener, n.Id, TimeSpan.FromMilliseconds(1), TimerReply.Continue));

        await _services.RunProbe(["threads", "16", "20"], ServiceFixture.Numbers("getppid"), handler);

        Assert.Equal(320, handler.Received);
    }

    [Fact]
    public async Task Delayed_call_can_fail_at_its_deadline()
    {
        using var timer = new ReplyTimer();
        var handler = new RecordingHandler((listener, ref readonly n) =>
        {
            if (n.Arg0 == 3)
            {
                timer.Schedule(listener, n.Id, TimeSpan.FromMilliseconds(2), TimerReply.Fail(28));
            }
            else
            {
                listener.Continue(n.Id);
            }
        });

        var output = await _services.RunProbe(["family"], ServiceFixture.Numbers("write"), handler);

        Assert.Contains("write=28\nwritev=28\npwrite64=28\npwritev2=28", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Timer_that_is_disposed_answers_what_is_left()
    {
        var timer = new ReplyTimer();
        var scheduled = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var handler = new RecordingHandler((listener, ref readonly n) =>
        {
            timer.Schedule(listener, n.Id, TimeSpan.FromHours(1), TimerReply.Continue);
            scheduled.SetResult(true);
        });
        await using var service = _services.Launch(Probe.Path, ["threads", "1", "1"], ServiceFixture.Numbers("getppid"), handler);

        await ServiceFixture.Within(scheduled.Task);
        timer.Dispose();

        Assert.Equal(0, (await ServiceFixture.Within(service.Exited)).Code);
    }

    [Fact]
    public async Task Waiting_call_is_not_issued_again_when_signals_arrive_a_thousand_times_a_second()
    {
        using var timer = new ReplyTimer();
        var handler = new RecordingHandler(
            (listener, ref readonly n) => timer.Schedule(listener, n.Id, TimeSpan.FromMilliseconds(5), TimerReply.Continue));

        await _services.RunProbe(["tick", "40"], ServiceFixture.Numbers("getppid"), handler);

        // A signal that comes before a call was received makes the kernel take that notification back: such a call was not seen before.
        Assert.Equal(40, handler.Received);
    }

    [Fact]
    public async Task Thread_that_dies_while_its_call_waits_is_counted_and_ends_nothing()
    {
        using var timer = new ReplyTimer();
        var handler = new RecordingHandler(
            (listener, ref readonly n) =>
            {
                timer.Schedule(listener, n.Id, TimeSpan.FromMilliseconds(200), TimerReply.Continue);
                Process.GetProcessById((int)n.Pid).Kill();
            });
        await using var service = _services.Launch(Probe.Path, ["fork-calling", "3"], ServiceFixture.Numbers("getppid"), handler);

        Assert.Equal(0, (await ServiceFixture.Within(service.Exited)).Code);
        timer.Dispose();

        Assert.Equal((3, 3L), (handler.DroppedCalls, service.Listener!.DroppedNotifications));
        Assert.Null((await ServiceFixture.Within(handler.Ended)).Failure);
    }

    [Theory]
    [InlineData("write", false, "ring=38")]
    [InlineData("write", true, "ring=14")]
    [InlineData("getppid", false, "ring=14")]
    public async Task Rings_are_refused_only_when_they_would_bypass_the_filter(string filtered, bool allowed, string expected)
    {
        var request = _services.Request(Probe.Path, ["ring"], ServiceFixture.Numbers(filtered), RecordingHandler.AllowAll);
        await using var service = _services.Launcher.Launch(request with { AllowIoUring = allowed });

        Assert.Equal($"{expected}\n", await ServiceFixture.ReadAll(service.StandardOutput));
    }

    [Fact]
    public async Task Decisions_allocate_nothing_on_the_receive_thread()
    {
        var reader = new ProcCallerReader();
        var paths = new PathTable();
        var (before, after, count) = (0L, 0L, 0);
        var handler = new RecordingHandler((listener, ref readonly n) =>
        {
            // The first calls compile the code and meet the path, the last ones write a summary elsewhere; what counts is between.
            count++;
            before = count == 2_000 ? GC.GetAllocatedBytesForCurrentThread() : before;
            var context = new SyscallContext(in n, reader, listener, paths);
            _ = context.TryGetPath(out _) && context.RequestedBytes > 0;
            listener.Continue(n.Id);
            after = count == 20_000 ? GC.GetAllocatedBytesForCurrentThread() : after;
        });

        await using var service = _services.Launch(
            "/bin/dd", ["if=/dev/zero", "of=copy", "bs=16", "count=20000"], ServiceFixture.Numbers("write"), handler);
        Assert.Equal(0, (await ServiceFixture.Within(service.Exited)).Code);
        await ServiceFixture.Within(handler.Ended);

        Assert.True(count > 20_000);

        // Recompiling a hot method may allocate once; a decision that allocates would show 18,000 times.
        Assert.InRange(after - before, 0, 1024);
    }

    [Theory]
    [InlineData("java", "-version")]
    [InlineData("node", "-e", "setTimeout(() => process.exit(0), 5)")]
    [InlineData("python3", "-c", "import socket, threading; threading.Thread(target=socket.socket).start()")]
    [InlineData("dotnet", "nuget", "--version")]
    public async Task Real_runtimes_start_and_end_under_a_wide_filter(string program, params string[] arguments)
    {
        var handler = RecordingHandler.AllowAll;
        var calls = ServiceFixture.Numbers("read", "write", "openat", "stat", "close", "connect", "mmap", "futex", "clone3", "epoll_wait");
        var request = _services.Request(program, arguments, calls, handler);
        await using var service = _services.Launcher.Launch(
            request with { Environment = [$"PATH={Environment.GetEnvironmentVariable("PATH")}", $"HOME={_services.Directory}", "DOTNET_NOLOGO=1"] });

        Assert.Equal(0, (await ServiceFixture.Within(service.Exited)).Code);
        Assert.Null((await ServiceFixture.Within(handler.Ended)).Failure);
        Assert.True(handler.Received > 100);
    }

    [Theory]
    [InlineData("python3", "-c", "import os; f = os.open('data', os.O_CREAT | os.O_WRONLY); os.write(f, b'x')", "Input/output error")]
    [InlineData("node", "-e", "require('fs').writeFileSync('data', 'x')", "EIO")]
    public async Task Real_runtimes_see_the_failure(string program, string option, string script, string expected)
    {
        var reader = new ProcCallerReader();
        var paths = new PathTable();
        var handler = new RecordingHandler((listener, ref readonly n) =>
        {
            var context = new SyscallContext(in n, reader, listener, paths);
            var hit = context.TryGetPath(out var path) && paths.Text(path.PathId).EndsWith("/data", StringComparison.Ordinal);
            _ = hit ? listener.Fail(n.Id, InputOutputError) : listener.Continue(n.Id);
        });
        var request = _services.Request(program, [option, script], ServiceFixture.Numbers("write"), handler);
        await using var service = _services.Launcher.Launch(
            request with { Environment = [$"PATH={Environment.GetEnvironmentVariable("PATH")}", "HOME=/tmp"] });

        Assert.Contains(expected, await ServiceFixture.ReadAll(service.StandardError), StringComparison.Ordinal);
        Assert.NotEqual(0, (await ServiceFixture.Within(service.Exited)).Code);
    }
}
