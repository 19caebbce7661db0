using Faultbox.Linux.Processes;

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
    public async Task Filtered_write_is_decided_by_the_handler()
    {
        var handler = RecordingHandler.AllowAll;
        await using var service = _services.Shell("echo hi", ServiceFixture.Numbers("write"), handler);

        Assert.Equal("hi\n", await ServiceFixture.ReadAll(service.StandardOutput));
        Assert.Equal(0, (await ServiceFixture.Within(service.Exited)).Code);
        Assert.Equal(1, handler.Received);
    }
}
