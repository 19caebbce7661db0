using System.Net.Sockets;
using System.Runtime.InteropServices;
using Faultbox.Linux.Native;
using Faultbox.Linux.Seccomp;
using Faultbox.Linux.Shim;
using Microsoft.Win32.SafeHandles;

namespace Faultbox.Linux.Processes;

/// <summary>
/// One launch from the supervisor's side: spawns the image, receives the listener, says go, and learns from the closing of the
/// socket that the program executes.
/// </summary>
internal sealed unsafe class HandOff : IDisposable
{

    private readonly LaunchRequest _request;
    private readonly IsolationMode _isolation;
    private readonly string? _controlGroup;
    private readonly HandOffSocket _socket;
    private readonly ServiceChannels _channels;
    private readonly HandOffDialogue _dialogue;

    /// <summary>Listens for one launcher.</summary>
    /// <exception cref="LaunchException">The run directory or a descriptor is not to be had.</exception>
    public HandOff(LaunchRequest request, IsolationMode isolation)
    {
        (_request, _isolation) = (request, isolation);
        _dialogue = new HandOffDialogue(request.Executable, request.WorkingDirectory, request.FilteredSyscalls.Count > 0);
        try
        {
            _channels = new ServiceChannels(request.InheritsStreams);
            _socket = new HandOffSocket(request.RunDirectory);
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException)
        {
            _channels?.Dispose();
            throw new LaunchException(
                LaunchStep.None,
                null,
                request.Executable,
                $"the hand-off of \"{request.Name}\" needs a socket in {request.RunDirectory}, which cannot be made there; "
                + "check that the directory exists and may be written");
        }

        _controlGroup = ControlGroup.NextLeaf();
    }

    /// <summary>Starts the program and follows it until it executes.</summary>
    /// <exception cref="LaunchException">A step failed or was not reached in time; nothing is left of the launcher.</exception>
    public ServiceProcess Run()
    {
        var watcher = 0;
        NotificationListener? listener = null;
        SafeFileHandle? service = null;
        try
        {
            watcher = Spawn();
            using var connection = Accept(watcher);
            var (descriptor, processId) = _dialogue.ReceiveGreeting(connection);
            service = PidDescriptors.Open(processId);
            if (descriptor is not null)
            {
                listener = new NotificationListener(descriptor, service, _request.Handler!, _request.Name);
                listener.Start();
            }

            connection.Send("k"u8);
            if (_dialogue.ReceiveReport(connection) is { } report)
            {
                throw _dialogue.Failed(report.Step, report.Errno);
            }

            return new ServiceProcess(_request.Name, watcher, processId, service, _isolation, _controlGroup, _channels, listener)
            {
                SharesTerminal = SharesTerminal,
            };
        }
        catch (Exception e) when (e is LaunchException or SocketException or IOException)
        {
            CleanUp(watcher);
            listener?.Dispose();
            service?.Dispose();
            throw e as LaunchException ?? (watcher == 0
                ? new LaunchException(
                    LaunchStep.None, null, _request.Executable, $"the launcher of \"{_request.Name}\" could not be started: {e.Message}")
                : new LaunchException(
                    LaunchStep.AwaitGo, null, _request.Executable, $"the launcher of \"{_request.Name}\" ended during the hand-off"));
        }
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>A process group is ended as a whole where there are no namespaces, so that it must not be this process's own.</summary>
    private bool SharesTerminal => _request.SharesTerminal && _isolation != IsolationMode.ProcessGroup;

    private int Spawn()
    {
        var image = LauncherProgram.Build(new LauncherPlan
        {
            SocketPath = _socket.Path,
            Candidates = ExecutableCandidates.Of(_request.Executable, _request.Environment),
            Arguments = _request.Arguments,
            WorkingDirectory = _request.WorkingDirectory,
            FilteredSyscalls = _request.FilteredSyscalls,
            RefuseIoUring = !_request.AllowIoUring,
            WaitsKillably = _request.WaitsKillably,
            Isolation = _isolation,
            ControlGroup = _controlGroup,
            PrivateNetwork = _request.PrivateNetwork && _isolation != IsolationMode.ProcessGroup,
            UserBecomesRoot = _request.UserBecomesRoot,
        });
        try
        {
            return Spawning.Start(image, _request.Environment, _channels, SharesTerminal);
        }
        finally
        {
            _channels.CloseLauncherEnds();
        }
    }

    /// <summary>Ends whatever the launcher has become; closing the lifeline makes the watcher do it.</summary>
    private void CleanUp(int watcher)
    {
        if (watcher != 0)
        {
            if (_isolation == IsolationMode.ProcessGroup)
            {
                ProcessTree.KillDescendants(watcher);
            }

            _channels.Lifeline.Dispose();
            Children.Await(watcher);
        }

        _channels.Dispose();
        if (_controlGroup is not null)
        {
            ControlGroup.Remove(_controlGroup);
        }
    }

    private Socket Accept(int watcher)
    {
        var descriptors = stackalloc PollDescriptor[2];
        using var process = PidDescriptors.Open(watcher);
        descriptors[0] = new PollDescriptor { Descriptor = _socket.Descriptor, Events = Kernel.PollIn };
        descriptors[1] = new PollDescriptor { Descriptor = (int)process.DangerousGetHandle(), Events = Kernel.PollIn };
        int ready;
        do
        {
            ready = Libc.Poll(descriptors, 2, HandOffDialogue.LimitMilliseconds);
        }
        while (ready < 0 && Marshal.GetLastPInvokeError() == Kernel.EINTR);

        if (ready <= 0)
        {
            throw _dialogue.TooSlow(LaunchStep.Connect);
        }

        if (descriptors[0].Returned == 0)
        {
            // It could not connect, so it has told the reason on the lifeline, whose other end is closed with it.
            var report = stackalloc byte[HandOffDialogue.ReportSize];
            var count = (int)Libc.Read((int)_channels.Lifeline.DangerousGetHandle(), report, HandOffDialogue.ReportSize);
            throw HandOffDialogue.ReadReport(new ReadOnlySpan<byte>(report, HandOffDialogue.ReportSize), count) is { } failure
                ? _dialogue.Failed(failure.Step, failure.Errno)
                : new LaunchException(LaunchStep.Connect, null, _request.Executable, "the launcher ended before it connected");
        }

        var connection = _socket.Accept();
        var peer = HandOffDialogue.PeerOf(connection);
        if (peer.ProcessId != watcher || peer.UserId != Libc.GetEffectiveUserId())
        {
            connection.Dispose();
            throw new LaunchException(
                LaunchStep.Connect, null, _request.Executable, $"process {peer.ProcessId} of user {peer.UserId} connected instead of the launcher");
        }

        return connection;
    }
}
