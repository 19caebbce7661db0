using Faultbox.Linux.Processes;
using Faultbox.Linux.Seccomp;
using Faultbox.Linux.Shim;

namespace Faultbox.Linux.Tests;

public sealed class SupervisionTests : IDisposable
{
    private readonly ServiceFixture _services = new();

    public void Dispose() => _services.Dispose();

    [Fact]
    public async Task Handler_that_throws_while_the_service_lives_is_a_failure_of_supervision()
    {
        var handler = new RecordingHandler((_, ref readonly _) => throw new InvalidOperationException("broken handler"));
        await using var service = _services.Launch(Probe.Path, ["threads", "1", "1"], ServiceFixture.Numbers("getppid"), handler);

        var end = await ServiceFixture.Within(handler.Ended);

        Assert.Equal(
            "deciding a call failed: broken handler; the service is still running, and its intercepted calls block indefinitely", end.Failure);
    }

    [Fact]
    public async Task Service_that_ends_is_no_failure()
    {
        var handler = RecordingHandler.AllowAll;
        await using var service = _services.Shell("echo hi", ServiceFixture.Numbers("write"), handler);

        Assert.Null((await ServiceFixture.Within(handler.Ended)).Failure);
        Assert.Equal(0, service.Listener!.DroppedNotifications);
    }

    [Fact]
    public async Task Stopped_listener_is_no_failure_and_its_late_answers_reach_nobody()
    {
        var waiting = new TaskCompletionSource<ulong>(TaskCreationOptions.RunContinuationsAsynchronously);
        var handler = new RecordingHandler((_, ref readonly n) => waiting.TrySetResult(n.Id));
        await using var service = _services.Launch(Probe.Path, ["threads", "1", "1"], ServiceFixture.Numbers("getppid"), handler);
        var id = await ServiceFixture.Within(waiting.Task);
        Assert.True(service.Listener!.IsValid(id));

        service.Listener.Dispose();

        Assert.Null((await ServiceFixture.Within(handler.Ended)).Failure);
        Assert.False(service.Listener.Continue(id));
        Assert.False(service.Listener.IsValid(id));

        // The kernel answers the calls of a closed listener with ENOSYS, so the service goes on.
        Assert.Equal(0, (await ServiceFixture.Within(service.Exited)).Code);
    }

    [Fact]
    public void Structures_have_the_sizes_that_the_kernel_tells()
    {
        Assert.Equal(new NotificationSizes(80, 24, 64), NotificationSizes.Known);
        Assert.Equal(NotificationSizes.Known, NotificationSizes.OfKernel);
        HandOffDialogue.ConfirmSizes("x", NotificationSizes.OfKernel);
    }

    [Fact]
    public void Kernel_whose_structures_have_grown_is_refused_before_anything_is_launched()
    {
        var refused = Assert.Throws<LaunchException>(() => HandOffDialogue.ConfirmSizes("x", new NotificationSizes(88, 24, 64)));

        Assert.Equal(
            (LaunchStep.InstallFilter, "the kernel's notifications have 88, 24 and 64 bytes where this program knows 80, 24 and 64; use a newer Faultbox"),
            (refused.Step, refused.Message));
    }

    [Fact]
    public async Task Second_answer_to_a_call_is_refused()
    {
        var answers = new TaskCompletionSource<(bool, bool)>(TaskCreationOptions.RunContinuationsAsynchronously);
        var handler = new RecordingHandler(
            (listener, ref readonly n) => answers.TrySetResult((listener.Continue(n.Id), listener.Continue(n.Id))));
        await using var service = _services.Launch(Probe.Path, ["threads", "1", "1"], ServiceFixture.Numbers("getppid"), handler);

        Assert.Equal((true, false), await ServiceFixture.Within(answers.Task));
    }
}
