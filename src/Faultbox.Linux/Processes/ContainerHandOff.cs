using System.Net.Sockets;
using Faultbox.Linux.Native;
using Faultbox.Linux.Seccomp;
using Faultbox.Linux.Shim;
using Microsoft.Win32.SafeHandles;

namespace Faultbox.Linux.Processes;

/// <summary>
/// The hand-off of a container: its engine starts the launcher, which connects to a socket in a directory that is mounted into the
/// container, installs the filter, hands its listener over, and becomes the service.
/// </summary>
public sealed class ContainerHandOff : IDisposable
{
    private readonly ContainerLaunch _launch;
    private readonly HandOffDialogue _dialogue;

    /// <summary>Writes the launcher and listens.</summary>
    /// <exception cref="LaunchException">The directory or the kernel cannot be used.</exception>
    public ContainerHandOff(ContainerLaunch launch)
    {
        _launch = launch;
        HandOffDialogue.ConfirmSizes(Program, NotificationSizes.OfKernel);
        _dialogue = new HandOffDialogue(Program, null, expectsListener: true);
        Mounted = new MountedLauncher(launch.Name, Program, launch.Directory, LauncherProgram.BuildForContainer(new LauncherPlan
        {
            SocketPath = MountedLauncher.SocketPath,
            Candidates = ExecutableCandidates.Of(Program, launch.Environment),
            Arguments = launch.Command,
            FilteredSyscalls = launch.FilteredSyscalls,
            RefuseIoUring = !launch.AllowIoUring,
        }));
    }

    /// <summary>What is mounted into the container.</summary>
    public MountedLauncher Mounted { get; }

    private string Program => _launch.Command[0];

    /// <summary>Follows the launcher until it has become the service.</summary>
    /// <param name="processId">First process of the container, as this host sees it.</param>
    /// <param name="exited">Completes when the container has ended.</param>
    /// <param name="errorOutput">Reads what an ended container has written to standard error; a launcher without a connection reports there.</param>
    /// <returns>The listener, which receives; and the process it belongs to. The process outlives the listener.</returns>
    /// <exception cref="LaunchException">A step failed or was not reached within 15 seconds; the container is still to be removed.</exception>
    public (NotificationListener Listener, SafeFileHandle Process) Complete(int processId, Task exited, Func<ReadOnlyMemory<byte>> errorOutput)
    {
        using var connection = Accept(processId, exited, errorOutput);
        NotificationListener? listener = null;
        SafeFileHandle? process = null;
        try
        {
            var (descriptor, sender) = _dialogue.ReceiveGreeting(connection);
            process = PidDescriptors.Open(sender);
            listener = new NotificationListener(descriptor!, process, _launch.Handler, _launch.Name);
            listener.Start();
            connection.Send("k"u8);
            return _dialogue.ReceiveReport(connection) is { } report ? throw _dialogue.Failed(report.Step, report.Errno) : (listener, process);
        }
        catch (Exception e) when (e is LaunchException or SocketException)
        {
            listener?.Dispose();
            process?.Dispose();
            throw e as LaunchException ?? new LaunchException(
                LaunchStep.AwaitGo, null, Program, $"the launcher of \"{_launch.Name}\" ended during the hand-off");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Mounted.Dispose();

    private Socket Accept(int processId, Task exited, Func<ReadOnlyMemory<byte>> errorOutput)
    {
        Socket connection;
        try
        {
            connection = Mounted.Accept(exited) ?? throw EndedEarly(errorOutput());
        }
        catch (TimeoutException)
        {
            throw _dialogue.TooSlow(LaunchStep.Connect);
        }

        var peer = HandOffDialogue.PeerOf(connection);
        if (peer.ProcessId == processId)
        {
            return connection;
        }

        connection.Dispose();
        throw new LaunchException(
            LaunchStep.Connect,
            null,
            Program,
            peer.ProcessId == 0
                ? "the engine runs its containers where this host sees no processes; run Faultbox on the engine's own host"
                : $"process {peer.ProcessId} of user {peer.UserId} connected instead of the launcher (process {processId})");
    }

    private LaunchException EndedEarly(ReadOnlyMemory<byte> report) =>
        HandOffDialogue.ReadReport(report.Span, report.Length) is { } failure
            ? _dialogue.Failed(failure.Step, failure.Errno)
            : new LaunchException(
                LaunchStep.Connect,
                null,
                Program,
                $"launch step {(int)LaunchStep.Connect} (Connect) of {Program} failed: the container ended before its launcher connected to {MountedLauncher.SocketPath}");
}
