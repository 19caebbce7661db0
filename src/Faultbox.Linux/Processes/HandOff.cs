using System.Net.Sockets;
using System.Runtime.InteropServices;
using Faultbox.Linux.Native;
using Faultbox.Linux.Seccomp;
using Faultbox.Linux.Shim;
using Faultbox.Linux.Syscalls;
using Microsoft.Win32.SafeHandles;

namespace Faultbox.Linux.Processes;

/// <summary>
/// One launch from the supervisor's side: spawns the image, receives the listener, says go, and learns from the closing of the
/// socket that the program executes.
/// </summary>
internal sealed unsafe class HandOff : IDisposable
{
    private const int LimitMilliseconds = 15_000;
    private const int SocketLevel = 1;
    private const int PeerCredentials = 17;
    private const int RightsMessage = 1;
    private const int CredentialsMessage = 2;
    private const int CloseReceivedOnExec = 0x40000000;
    private const int ReportSize = 8;

    private readonly LaunchRequest _request;
    private readonly IsolationMode _isolation;
    private readonly string? _controlGroup;
    private readonly HandOffSocket _socket;
    private readonly ServiceChannels _channels;

    /// <summary>Listens for one launcher.</summary>
    /// <exception cref="LaunchException">The run directory or a descriptor is not to be had.</exception>
    public HandOff(LaunchRequest request, IsolationMode isolation)
    {
        (_request, _isolation) = (request, isolation);
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

        _controlGroup = ControlGroup.TryCreate();
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
            var (descriptor, processId) = ReceiveGreeting(connection);
            service = PidDescriptors.Open(processId);
            if (descriptor is not null)
            {
                listener = new NotificationListener(descriptor, service, _request.Handler!, _request.Name);
                listener.Start();
            }

            connection.Send("k"u8);
            if (ReceiveReport(connection) is { } report)
            {
                throw Failed(report.Step, report.Errno);
            }

            return new ServiceProcess(_request.Name, watcher, processId, service, _isolation, _controlGroup, _channels, listener);
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
            return Spawning.Start(image, _request.Environment, _channels);
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
            ready = Libc.Poll(descriptors, 2, LimitMilliseconds);
        }
        while (ready < 0 && Marshal.GetLastPInvokeError() == Kernel.EINTR);

        if (ready <= 0)
        {
            throw TooSlow(LaunchStep.Connect);
        }

        if (descriptors[0].Returned == 0)
        {
            // It could not connect, so it has told the reason on the lifeline, whose other end is closed with it.
            var report = stackalloc byte[ReportSize];
            var count = (int)Libc.Read((int)_channels.Lifeline.DangerousGetHandle(), report, ReportSize);
            throw ReadReport(new ReadOnlySpan<byte>(report, ReportSize), count) is { } failure
                ? Failed(failure.Step, failure.Errno)
                : new LaunchException(LaunchStep.Connect, null, _request.Executable, "the launcher ended before it connected");
        }

        var connection = _socket.Accept();
        var peer = PeerOf(connection);
        if (peer.ProcessId != watcher || peer.UserId != Libc.GetEffectiveUserId())
        {
            connection.Dispose();
            throw new LaunchException(
                LaunchStep.Connect, null, _request.Executable, $"process {peer.ProcessId} of user {peer.UserId} connected instead of the launcher");
        }

        return connection;
    }

    private static Credentials PeerOf(Socket connection)
    {
        Credentials peer;
        var length = (uint)sizeof(Credentials);
        return Libc.GetSocketOption((int)connection.Handle, SocketLevel, PeerCredentials, &peer, &length) == 0 ? peer : default;
    }

    /// <summary>The first message: the listener, if there is a filter, and the number of the service's process.</summary>
    private (SafeFileHandle? Listener, int ProcessId) ReceiveGreeting(Socket connection)
    {
        WaitReadable(connection, LaunchStep.SendListener);
        var payload = stackalloc byte[ReportSize];
        var control = stackalloc byte[128];
        var vector = new IoVector { Base = payload, Length = ReportSize };
        var message = new MessageHeader { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = 128 };
        var count = (int)Libc.ReceiveMessage((int)connection.Handle, &message, CloseReceivedOnExec);
        if (ReadReport(new ReadOnlySpan<byte>(payload, ReportSize), count) is { } report)
        {
            throw Failed(report.Step, report.Errno);
        }

        SafeFileHandle? listener = null;
        var processId = 0;
        for (nuint at = 0; at + 16 <= message.ControlLength;)
        {
            // struct cmsghdr: length, level, type; then the data.
            var length = *(nuint*)(control + at);
            var type = *(int*)(control + at + 12);
            var value = *(int*)(control + at + 16);
            if (type == RightsMessage)
            {
                listener = new SafeFileHandle(value, ownsHandle: true);
            }
            else if (type == CredentialsMessage)
            {
                processId = value;
            }

            at += (length + 7) & ~(nuint)7;
        }

        if (count <= 0 || processId == 0 || listener is null != (_request.FilteredSyscalls.Count == 0))
        {
            listener?.Dispose();
            throw new LaunchException(
                LaunchStep.SendListener, null, _request.Executable, "the launcher ended before it handed over the listener");
        }

        return (listener, processId);
    }

    /// <summary>What went wrong at the last step; null when the socket closed because the program executes.</summary>
    private (LaunchStep Step, int Errno)? ReceiveReport(Socket connection)
    {
        WaitReadable(connection, LaunchStep.Execute);
        Span<byte> report = stackalloc byte[ReportSize];
        return ReadReport(report, connection.Receive(report));
    }

    private static (LaunchStep Step, int Errno)? ReadReport(ReadOnlySpan<byte> report, int count) =>
        count == ReportSize ? ((LaunchStep)BitConverter.ToInt32(report), BitConverter.ToInt32(report[4..])) : null;

    private void WaitReadable(Socket connection, LaunchStep step)
    {
        if (!connection.Poll(LimitMilliseconds * 1000, SelectMode.SelectRead))
        {
            throw TooSlow(step);
        }
    }

    private LaunchException Failed(LaunchStep step, int number)
    {
        var errno = Errno.FromNumber(number);
        var message = step switch
        {
            LaunchStep.Execute => $"exec {_request.Executable}: {errno.Message}",
            LaunchStep.WorkingDirectory => $"working directory {_request.WorkingDirectory}: {errno.Message}",
            _ => $"launch step {(int)step} ({step}) of {_request.Executable} failed: {errno.Name} {errno.Message}",
        };
        return new LaunchException(step, errno, _request.Executable, message);
    }

    private LaunchException TooSlow(LaunchStep step) => new(
        step, null, _request.Executable, $"launch step {(int)step} ({step}) of {_request.Executable} was not reached within 15s");
}
