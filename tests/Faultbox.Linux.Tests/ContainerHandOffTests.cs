using System.Net.Sockets;
using Faultbox.Linux.Processes;
using Faultbox.Linux.Shim;

namespace Faultbox.Linux.Tests;

/// <summary>Launchers in containers that do not do what they should. No engine is needed: the test plays the launcher.</summary>
public sealed class ContainerHandOffTests : IDisposable
{
    private const UnixFileMode Everybody = (UnixFileMode)0b111_111_111;

    private readonly string _directory = Directory.CreateTempSubdirectory("faultbox-container-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Launcher_that_does_not_get_on_is_given_up_after_fifteen_seconds()
    {
        using var absent = HandOff("absent");
        using var silent = HandOff("silent");
        using var launcher = Connect(silent);

        var failures = await Task.WhenAll(Task.Run(() => Failure(absent)), Task.Run(() => Failure(silent)));

        Assert.Equal(
            [
                (LaunchStep.Connect, "launch step 2 (Connect) of /serve was not reached within 15s"),
                (LaunchStep.SendListener, "launch step 6 (SendListener) of /serve was not reached within 15s"),
            ],
            failures.Select(f => (f.Step, f.Message)));
    }

    [Fact]
    public void Launcher_that_hangs_up_is_told_from_one_that_waits()
    {
        using var handOff = HandOff("c");
        Connect(handOff).Dispose();

        Assert.Equal("the launcher ended before it handed over the listener", Failure(handOff).Message);
    }

    [Fact]
    public void Somebody_else_than_the_launcher_is_refused()
    {
        using var handOff = HandOff("c");
        using var stranger = Connect(handOff);

        Assert.Matches(
            $"^process {Environment.ProcessId} of user [0-9]+ connected instead of the launcher \\(process 1\\)$",
            Assert.Throws<LaunchException>(() => handOff.Complete(1, new TaskCompletionSource().Task, () => default)).Message);
    }

    [Fact]
    public void Container_that_has_ended_is_not_waited_for()
    {
        using var handOff = HandOff("c");

        Assert.Contains(
            "the container ended before its launcher connected to /var/run/faultbox/fd.sock",
            Assert.Throws<LaunchException>(() => handOff.Complete(1, Task.CompletedTask, () => default)).Message,
            StringComparison.Ordinal);
        Assert.Equal(
            "launch step 2 (Connect) of /serve failed: ECONNREFUSED connection refused",
            Assert.Throws<LaunchException>(() => handOff.Complete(1, Task.CompletedTask, () => new byte[] { 2, 0, 0, 0, 111, 0, 0, 0 })).Message);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(120)]
    public void Every_user_of_an_image_reaches_the_socket_and_only_through_its_directory(int length)
    {
        using var handOff = HandOff(new string('c', length));
        var socket = Path.Combine(handOff.Mounted.SocketDirectory, "fd.sock");

        Assert.InRange(socket.Length, 1, 107);
        Assert.Equal(Everybody, File.GetUnixFileMode(socket));
        Assert.False(File.GetUnixFileMode(handOff.Mounted.SocketDirectory).HasFlag(UnixFileMode.OtherWrite));
        Connect(handOff).Dispose();
    }

    private static LaunchException Failure(ContainerHandOff handOff) =>
        Assert.Throws<LaunchException>(() => handOff.Complete(Environment.ProcessId, new TaskCompletionSource().Task, () => default));

    private static Socket Connect(ContainerHandOff handOff)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(Path.Combine(handOff.Mounted.SocketDirectory, "fd.sock")));
        return socket;
    }

    private ContainerHandOff HandOff(string name) => new(new ContainerLaunch
    {
        Name = name,
        Command = ["/serve"],
        Environment = [],
        FilteredSyscalls = ServiceFixture.Numbers("write"),
        Handler = RecordingHandler.AllowAll,
        Directory = Directory.CreateDirectory(Path.Combine(_directory, name)).FullName,
    });
}
