using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Faultbox.Linux.Native;
using Faultbox.Linux.Seccomp;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Linux.Shim;

/// <summary>
/// The table of calls that turns a fresh process into a service. Three processes come of it: the <em>watcher</em>, which stays outside
/// and clears everything away when its supervisor closes the lifeline or dies; the <em>init</em>, which reaps and tells how the
/// service ended; and the service.
/// </summary>
internal sealed class LauncherProgram
{
    /// <summary>Descriptor of the lifeline in the launcher; the supervisor holds the other end.</summary>
    public const int Lifeline = 4;

    /// <summary>The hand-off socket: the lowest free descriptor, as the launcher closes it first.</summary>
    private const byte Socket = 3;

    private const byte StandardError = 2;
    private const int UnixDomain = 1;
    private const int InternetDomain = 2;
    private const int DatagramSocket = 2;

    /// <summary>Bytes of a <c>struct sockaddr_in</c>.</summary>
    private const ulong InternetAddressSize = 16;
    private const ulong SetInterfaceFlags = 0x8914;
    private const int StreamSocket = 1;
    private const int WriteOnly = 1;
    private const ulong NoDescriptor = ulong.MaxValue;
    private const ulong CurrentDirectory = unchecked((ulong)-100);
    private const ulong RemoveDirectory = 0x200;
    private const ulong OwnerAndReaders = 0b111_101_101;

    private const int SetParentDeathSignal = 1;
    private const int SetName = 15;
    private const int SetChildSubreaper = 36;
    private const int SetNoNewPrivileges = 38;

    private const ulong NewMountNamespace = 0x00020000;
    private const ulong NewUserNamespace = 0x10000000;
    private const ulong NewNetworkNamespace = 0x40000000;
    private const ulong NewProcessNamespace = 0x20000000;
    private const ulong MountRecursiveSlave = 0x4000 | 0x80000;
    private const ulong MountNoSetUserNoDevicesNoExecution = 2 | 4 | 8;

    private const ulong SetSignalMask = 2;
    private const ulong SetModeFilter = 1;
    private const ulong NewListener = 8;
    private const ulong WaitKillable = 32;

    private readonly LauncherImage _image = new();
    private readonly LauncherPlan _plan;

    private LauncherProgram(LauncherPlan plan) => _plan = plan;

    private bool UsesNamespaces => _plan.Isolation != IsolationMode.ProcessGroup;

    /// <summary>Builds the executable.</summary>
    public static byte[] Build(LauncherPlan plan)
    {
        var program = new LauncherProgram(plan);
        program.Connect();
        program.EnterNamespaces();
        program.MakeControlGroup();
        var watcher = program._image.Fork(LaunchStep.Isolate, Socket);
        program.BecomeInit();
        var init = program._image.Fork(LaunchStep.Isolate, Socket);
        program.BecomeService();
        program.ContinueInit(init);
        program.ContinueWatcher(watcher);
        return program._image.Build();
    }

    /// <summary>
    /// Builds the executable that a container starts with. The engine isolates, so one process comes of it: the service, in the
    /// directory and as the user that the engine chose.
    /// </summary>
    public static byte[] BuildForContainer(LauncherPlan plan)
    {
        var program = new LauncherProgram(plan);
        program.Ignoring("close_range", Socket, uint.MaxValue, 0);
        program.OpenSocket(StandardError);
        program.HandOver();
        return program._image.Build();
    }

    /// <summary>
    /// Builds the executable that waits for its supervisor to let go of the lifeline, and then sends requests to a unix socket, each over
    /// a connection of its own.
    /// </summary>
    public static byte[] BuildFarewell(LauncherPlan plan, IReadOnlyList<byte[]> requests)
    {
        var program = new LauncherProgram(plan);
        var image = program._image;
        var address = SocketAddress(plan.SocketPath);
        var buffer = image.Data(new byte[64]);
        program.Ignoring("close_range", Socket, Socket, 0);
        program.Ignoring("close_range", Lifeline + 1, uint.MaxValue, 0);
        program.Ignoring("prctl", SetName, image.Text("faultbox-watch"), 0, 0, 0);
        program.Ignoring("read", Lifeline, buffer, 8);
        foreach (var request in requests)
        {
            program.Ignoring("socket", UnixDomain, StreamSocket, 0);
            program.Ignoring("connect", Socket, image.Data(address), (ulong)address.Length);
            program.Ignoring("write", Socket, image.Data(request), (ulong)request.Length);

            // The reply comes when the request was carried out.
            program.Ignoring("read", Socket, buffer, 64);
            program.Ignoring("close", Socket);
        }

        program.Ignoring("exit_group", 0);
        return image.Build();
    }

    /// <summary>
    /// Builds the executable that learns from its supervisor which port to try, sends it a byte and waits for one. It tells the supervisor
    /// how that went: <c>k</c>, or the report of the step that failed.
    /// </summary>
    /// <param name="socketPath">Path of the socket the supervisor listens on.</param>
    /// <param name="datagrams">True for UDP, else TCP.</param>
    /// <param name="patience">Limit of each step, in whole seconds.</param>
    public static byte[] BuildReachProbe(string socketPath, bool datagrams, TimeSpan patience)
    {
        const byte Tried = Socket + 1;
        const ulong SocketLevel = 1;
        const ulong ReceiveLimit = 20;
        const ulong SendLimit = 21;

        var program = new LauncherProgram(new LauncherPlan { SocketPath = socketPath, Candidates = [], Arguments = [], FilteredSyscalls = [] });
        var image = program._image;
        var address = image.Data(new byte[(int)InternetAddressSize]);
        var single = image.Data("k"u8);
        var limit = new byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(limit, (long)patience.TotalSeconds);
        var limitAddress = image.Data(limit);

        program.Ignoring("close_range", Socket, uint.MaxValue, 0);
        program.OpenSocket(StandardError);
        Reaching("read", EntryFlags.ZeroFails, Socket, address, InternetAddressSize);
        Reaching("socket", EntryFlags.None, InternetDomain, (ulong)(datagrams ? DatagramSocket : StreamSocket), 0);
        Reaching("setsockopt", EntryFlags.None, Tried, SocketLevel, ReceiveLimit, limitAddress, (ulong)limit.Length);
        Reaching("setsockopt", EntryFlags.None, Tried, SocketLevel, SendLimit, limitAddress, (ulong)limit.Length);
        Reaching("connect", EntryFlags.None, Tried, address, InternetAddressSize);
        Reaching("write", EntryFlags.None, Tried, single, 1);
        Reaching("read", EntryFlags.ZeroFails, Tried, image.Data(new byte[1]), 1);
        Reaching("write", EntryFlags.None, Socket, single, 1);
        program.Ignoring("exit_group", 0);
        return image.Build();

        void Reaching(string call, EntryFlags flags, params ReadOnlySpan<ulong> arguments) =>
            image.Call(Number(call), LaunchStep.Reach, arguments, flags, report: Socket);
    }

    private void Connect()
    {
        Ignoring("close_range", Socket, Socket, 0);
        Ignoring("close_range", Lifeline + 1, uint.MaxValue, 0);

        // The C library's spawning leaves the signals it uses itself ignored.
        var defaults = _image.Data(new byte[32]);
        Ignoring("rt_sigaction", 32, defaults, 0, 8);
        Ignoring("rt_sigaction", 33, defaults, 0, 8);
        OpenSocket(Lifeline);
    }

    /// <param name="report">Where a failure is told, before there is a socket.</param>
    private void OpenSocket(byte report)
    {
        var address = SocketAddress(_plan.SocketPath);
        _image.Call(
            Number("socket"), LaunchStep.Connect, [UnixDomain, StreamSocket | Kernel.CloseOnExec, 0], report: report);
        _image.Call(
            Number("connect"), LaunchStep.Connect, [Socket, _image.Data(address), (ulong)address.Length], report: report);
    }

    private void EnterNamespaces()
    {
        var network = _plan.PrivateNetwork ? NewNetworkNamespace : 0;
        var (user, group) = _plan.UserBecomesRoot ? (0u, 0u) : (Libc.GetEffectiveUserId(), Libc.GetEffectiveGroupId());
        switch (_plan.Isolation)
        {
            case IsolationMode.ProcessGroup:
                Isolating("prctl", SetChildSubreaper, 1, 0, 0, 0);
                return;
            case IsolationMode.UserNamespace:
                Isolating("unshare", NewMountNamespace | NewProcessNamespace | NewUserNamespace | network);
                WriteFile("/proc/self/setgroups", "deny");
                WriteFile("/proc/self/uid_map", $"{user} {Libc.GetEffectiveUserId()} 1");
                WriteFile("/proc/self/gid_map", $"{group} {Libc.GetEffectiveGroupId()} 1");
                break;
            default:
                Isolating("unshare", NewMountNamespace | NewProcessNamespace | network);
                break;
        }

        // Mounts made outside still arrive; the private /proc stays inside.
        _image.Call(
            MountNumber, LaunchStep.Isolate, [_image.Text("none"), _image.Text("/"), 0, MountRecursiveSlave, 0], report: Socket);
        if (_plan.PrivateNetwork)
        {
            RaiseLoopback();
        }
    }

    /// <summary>A new network starts with its loopback interface down.</summary>
    private void RaiseLoopback()
    {
        const int FlagsOffset = 16;
        const ushort UpAndRunning = 0x41;

        // struct ifreq: the name in 16 bytes, then the flags.
        var request = new byte[40];
        "lo"u8.CopyTo(request);
        BinaryPrimitives.WriteUInt16LittleEndian(request.AsSpan(FlagsOffset), UpAndRunning);
        _image.Call(
            Number("socket"),
            LaunchStep.Isolate,
            [InternetDomain, DatagramSocket | Kernel.CloseOnExec, 0],
            EntryFlags.Tolerated,
            resultAddress: _image.ArgumentAddress(_image.Count + 1, 0));
        Ignoring("ioctl", NoDescriptor, SetInterfaceFlags, _image.Data(request));
        Ignoring("close_range", Lifeline + 1, uint.MaxValue, 0);
    }

    /// <summary>The watcher makes the group that it removes, so that there is never one without a process that answers for it.</summary>
    private void MakeControlGroup()
    {
        if (_plan.ControlGroup is { } group)
        {
            Ignoring("mkdirat", CurrentDirectory, _image.Text(group), OwnerAndReaders);
        }
    }

    private void BecomeInit()
    {
        Isolating("prctl", SetParentDeathSignal, Kernel.SignalKill, 0, 0, 0);
        if (_plan.ControlGroup is { } group)
        {
            // The group is the second lock on the door; without it the namespace still holds.
            WriteFile($"{group}/cgroup.procs", "0", EntryFlags.Tolerated);
        }

        if (UsesNamespaces)
        {
            var proc = _image.Text("proc");
            _image.Call(
                MountNumber,
                LaunchStep.Isolate,
                [proc, _image.Text("/proc"), proc, MountNoSetUserNoDevicesNoExecution, 0],
                report: Socket);
        }
    }

    private void BecomeService()
    {
        if (!UsesNamespaces)
        {
            Isolating("prctl", SetParentDeathSignal, Kernel.SignalKill, 0, 0, 0);
        }

        Ignoring("close", Lifeline);
        _image.Call(Number("chdir"), LaunchStep.WorkingDirectory, [_image.Text(_plan.WorkingDirectory!)], report: Socket);
        HandOver();
    }

    private void HandOver()
    {
        var greeting = _plan.FilteredSyscalls.Count > 0 ? InstallFilter() : Message("up", 0, 0);
        _image.Call(Number("sendmsg"), LaunchStep.SendListener, [Socket, greeting, 0], report: Socket);
        _image.Call(
            Number("read"), LaunchStep.AwaitGo, [Socket, _image.Data(new byte[8]), 1], EntryFlags.ZeroFails, report: Socket);

        // The watcher and the init keep all signals blocked; one that came meanwhile reaches the service here.
        Ignoring("rt_sigprocmask", SetSignalMask, _image.Data(new byte[8]), 0, 8);
        var arguments = _image.Pointers([.. _plan.Arguments.Select(_image.Text)]);
        foreach (var candidate in _plan.Candidates)
        {
            _image.StoreEnvironment(_image.ArgumentAddress(_image.Count + 1, 2));
            _image.Call(
                Number("execve"), LaunchStep.Execute, [_image.Text(candidate), arguments, 0], EntryFlags.Tolerated | EntryFlags.Remembered);
        }

        _image.ReportAbsent(LaunchStep.Execute, Socket);
    }

    /// <summary>Installs the filter and returns the message that carries its listener.</summary>
    private ulong InstallFilter()
    {
        var filter = SeccompFilter.Build(_plan.FilteredSyscalls, _plan.RefuseIoUring, _image.CallSite);
        var program = new byte[16];
        BinaryPrimitives.WriteUInt16LittleEndian(program, (ushort)filter.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(program.AsSpan(8), _image.Data(filter.Program.Span));
        var programAddress = _image.Data(program);

        // One control message with one descriptor: length 20 (header 16 and an int), SOL_SOCKET, SCM_RIGHTS.
        var control = new byte[24];
        BinaryPrimitives.WriteUInt64LittleEndian(control, 20);
        BinaryPrimitives.WriteInt32LittleEndian(control.AsSpan(8), 1);
        BinaryPrimitives.WriteInt32LittleEndian(control.AsSpan(12), 1);
        var controlAddress = _image.Data(control);
        var listenerAddress = controlAddress + 16;

        _image.Call(Number("prctl"), LaunchStep.NoNewPrivileges, [SetNoNewPrivileges, 1, 0, 0, 0], report: Socket);

        // Kernels before 5.19 do not know killable waits.
        _image.Call(
            Number("seccomp"),
            LaunchStep.InstallFilter,
            [SetModeFilter, _plan.WaitsKillably ? NewListener | WaitKillable : NewListener, programAddress],
            EntryFlags.Tolerated | EntryFlags.SkipsNext,
            resultAddress: listenerAddress);
        _image.Call(
            Number("seccomp"),
            LaunchStep.InstallFilter,
            [SetModeFilter, NewListener, programAddress],
            report: Socket,
            resultAddress: listenerAddress);
        return Message("fd", controlAddress, 20);
    }

    private void ContinueInit(int fork)
    {
        var status = _image.Data(new byte[8]);

        // The reap entry comes third.
        _image.ContinueParent(fork, _image.ArgumentAddress(_image.Count + 2, 0));
        Ignoring("close_range", 0, Socket, 0);
        Ignoring("prctl", SetName, _image.Text("faultbox-init"), 0, 0, 0);
        _image.Reap(0, status);
        Ignoring("write", Lifeline, status, 4);
        if (!UsesNamespaces)
        {
            // The service's orphans stay traceable as long as the launcher lives.
            Ignoring("read", Lifeline, status, 8);
        }

        Ignoring("exit_group", 0);
    }

    private void ContinueWatcher(int fork)
    {
        var unused = _image.Data(new byte[8]);
        var kills = _plan.ControlGroup is not null ? 5 : 3;
        _image.ContinueParent(fork, _image.ArgumentAddress(_image.Count + kills, 0));
        Ignoring("close_range", 0, Socket, 0);
        Ignoring("prctl", SetName, _image.Text("faultbox-watch"), 0, 0, 0);

        // Nobody writes to it: the read returns when the supervisor closes its end, by intent or by dying.
        Ignoring("read", Lifeline, unused, 8);
        if (_plan.ControlGroup is { } group)
        {
            Write($"{group}/cgroup.kill", "1", EntryFlags.Tolerated);
        }

        Ignoring("kill", 0, Kernel.SignalKill);
        if (_plan.ControlGroup is null && !UsesNamespaces)
        {
            // What is left of the process group, this process included.
            Ignoring("kill", 0, Kernel.SignalKill);
        }

        _image.Reap(0, 0);
        if (_plan.ControlGroup is { } empty)
        {
            Ignoring("unlinkat", CurrentDirectory, _image.Text(empty), RemoveDirectory);
        }

        Ignoring("exit_group", 0);
    }

    private void Ignoring(string call, params ReadOnlySpan<ulong> arguments) =>
        _image.Call(Number(call), LaunchStep.None, arguments, EntryFlags.Tolerated);

    private void Isolating(string call, params ReadOnlySpan<ulong> arguments) =>
        _image.Call(Number(call), LaunchStep.Isolate, arguments, report: Socket);

    private void WriteFile(string file, string text, EntryFlags flags = EntryFlags.None)
    {
        Write(file, text, flags);
        Ignoring("close_range", Lifeline + 1, uint.MaxValue, 0);
    }

    /// <summary>Two entries: open and write.</summary>
    private void Write(string file, string text, EntryFlags flags)
    {
        var bytes = Encoding.ASCII.GetBytes(text);
        _image.Call(
            Number("openat"),
            LaunchStep.Isolate,
            [CurrentDirectory, _image.Text(file), WriteOnly, 0],
            flags,
            Socket,
            resultAddress: _image.ArgumentAddress(_image.Count + 1, 0));
        _image.Call(Number("write"), LaunchStep.Isolate, [NoDescriptor, _image.Data(bytes), (ulong)bytes.Length], flags, Socket);
    }

    /// <summary>A <c>struct msghdr</c> with a text and perhaps a control message.</summary>
    private ulong Message(string payload, ulong control, ulong controlLength)
    {
        var vector = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(vector, _image.Data(Encoding.ASCII.GetBytes(payload)));
        BinaryPrimitives.WriteUInt64LittleEndian(vector.AsSpan(8), (ulong)payload.Length);
        var header = new byte[56];
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(16), _image.Data(vector));
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(24), 1);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(32), control);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(40), controlLength);
        return _image.Data(header);
    }

    private static byte[] SocketAddress(string path)
    {
        var bytes = Encoding.UTF8.GetBytes(path);
        var address = new byte[2 + bytes.Length + 1];
        BinaryPrimitives.WriteUInt16LittleEndian(address, UnixDomain);
        bytes.CopyTo(address, 2);
        return address;
    }

    private static int MountNumber => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 40 : 165;

    private static int Number(string name) => SyscallTable.TryGetNumber(name, out var number)
        ? number
        : throw new InvalidOperationException($"the launcher needs {name}, which this architecture's table lacks");
}
