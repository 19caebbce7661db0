using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Faultbox.Linux.Native;
using Faultbox.Linux.Seccomp;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Linux.Shim;

/// <summary>How a launcher isolates what it starts.</summary>
internal enum IsolationMode
{
    /// <summary>A process namespace with a small first process and a private /proc.</summary>
    Namespace,

    /// <summary>The same inside a user namespace, for callers without privileges.</summary>
    UserNamespace,

    /// <summary>A session of its own and nothing else.</summary>
    ProcessGroup,
}

/// <summary>The table of calls that turns a fresh process into a service.</summary>
internal static class LauncherProgram
{
    /// <summary>Descriptor of the socket: everything above 2 is closed first, so it is the lowest free one.</summary>
    private const int Socket = 3;

    private const int UnixDomain = 1;
    private const int StreamSocket = 1;
    private const int SetParentDeathSignal = 1;
    private const int SetNoNewPrivileges = 38;
    private const ulong NewMountNamespace = 0x00020000;
    private const ulong NewUserNamespace = 0x10000000;
    private const ulong NewProcessNamespace = 0x20000000;
    private const ulong MountRecursivePrivate = 0x4000 | 0x40000;
    private const ulong MountProcFlags = 2 | 4 | 8;
    private const ulong SetModeFilter = 1;
    private const ulong NewListener = 8;
    private const ulong WaitKillable = 32;

    /// <summary>Builds the executable.</summary>
    /// <param name="socketPath">Where the supervisor listens, at most 107 bytes.</param>
    /// <param name="executable">Absolute path of the program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="filtered">Calls to intercept; empty for no filter.</param>
    /// <param name="refuseIoUring">True to refuse ring based I/O.</param>
    /// <param name="isolation">How to isolate.</param>
    public static byte[] Build(
        string socketPath,
        string executable,
        IReadOnlyList<string> arguments,
        IReadOnlyCollection<int> filtered,
        bool refuseIoUring,
        IsolationMode isolation)
    {
        var image = new LauncherImage();
        var address = SocketAddress(socketPath);

        image.Call(Number("close_range"), LaunchStep.None, [Socket, uint.MaxValue, 0], tolerated: true);
        image.Call(Number("prctl"), LaunchStep.None, [SetParentDeathSignal, Kernel.SignalKill], tolerated: true);
        image.Call(Number("socket"), LaunchStep.Connect, [UnixDomain, StreamSocket | Kernel.CloseOnExec, 0]);
        image.Call(Number("connect"), LaunchStep.Connect, [Socket, image.Data(address), (ulong)address.Length]);
        Isolate(image, isolation);
        if (filtered.Count > 0)
        {
            InstallFilter(image, SeccompFilter.Build(filtered, refuseIoUring, image.CallSite));
        }
        else
        {
            SendPlain(image);
        }

        var go = image.Data(new byte[8]);
        image.Call(Number("read"), LaunchStep.AwaitGo, [Socket, go, 1]);
        var argv = image.Pointers([.. arguments.Select(image.Text)]);
        image.StoreEnvironment(image.ArgumentAddress(image.Count + 1, 2));
        image.Call(Number("execve"), LaunchStep.Execute, [image.Text(executable), argv, 0]);
        return image.Build();
    }

    private static void Isolate(LauncherImage image, IsolationMode isolation)
    {
        if (isolation == IsolationMode.ProcessGroup)
        {
            return;
        }

        var spaces = NewMountNamespace | NewProcessNamespace;
        if (isolation == IsolationMode.UserNamespace)
        {
            image.Call(Number("unshare"), LaunchStep.Isolate, [spaces | NewUserNamespace]);
            MapIdentity(image, "/proc/self/setgroups", "deny");
            MapIdentity(image, "/proc/self/uid_map", $"{Libc.GetUserId()} {Libc.GetUserId()} 1");
            MapIdentity(image, "/proc/self/gid_map", $"{Libc.GetGroupId()} {Libc.GetGroupId()} 1");
        }
        else
        {
            image.Call(Number("unshare"), LaunchStep.Isolate, [spaces]);
        }

        var none = image.Text("none");
        var proc = image.Text("proc");
        image.Call(Mount, LaunchStep.Isolate, [none, image.Text("/"), 0, MountRecursivePrivate, 0]);
        image.Fork();

        // The first process of the namespace: ends with its parent, and everything in the namespace with it.
        image.Call(Number("prctl"), LaunchStep.Isolate, [SetParentDeathSignal, Kernel.SignalKill]);
        image.Call(Mount, LaunchStep.Isolate, [proc, image.Text("/proc"), proc, MountProcFlags, 0]);
        image.Fork();
    }

    private static void MapIdentity(LauncherImage image, string file, string text)
    {
        const int AtCurrentDirectory = -100;
        const int WriteOnly = 1;
        var bytes = Encoding.ASCII.GetBytes(text);
        image.Call(Number("openat"), LaunchStep.Isolate, [unchecked((ulong)AtCurrentDirectory), image.Text(file), WriteOnly, 0]);
        image.Call(Number("write"), LaunchStep.Isolate, [Socket + 1, image.Data(bytes), (ulong)bytes.Length]);
        image.Call(Number("close"), LaunchStep.Isolate, [Socket + 1]);
    }

    private static void InstallFilter(LauncherImage image, SeccompFilter filter)
    {
        var program = new byte[16];
        BinaryPrimitives.WriteUInt16LittleEndian(program, (ushort)filter.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(program.AsSpan(8), image.Data(filter.Program.Span));

        // One control message with one descriptor: length 20 (header 16 and an int), SOL_SOCKET, SCM_RIGHTS.
        var control = new byte[24];
        BinaryPrimitives.WriteUInt64LittleEndian(control, 20);
        BinaryPrimitives.WriteInt32LittleEndian(control.AsSpan(8), 1);
        BinaryPrimitives.WriteInt32LittleEndian(control.AsSpan(12), 1);
        var controlAddress = image.Data(control);

        image.Call(Number("prctl"), LaunchStep.NoNewPrivileges, [SetNoNewPrivileges, 1, 0, 0, 0]);
        image.Call(
            Number("seccomp"),
            LaunchStep.InstallFilter,
            [SetModeFilter, NewListener | (KernelFeatures.HasKillableWaits ? WaitKillable : 0), image.Data(program)],
            resultAddress: controlAddress + 16);
        image.Call(Number("sendmsg"), LaunchStep.SendListener, [Socket, Message(image, "fd", controlAddress, 20), 0]);
    }

    private static void SendPlain(LauncherImage image) =>
        image.Call(Number("sendmsg"), LaunchStep.SendListener, [Socket, Message(image, "ok", 0, 0), 0]);

    private static ulong Message(LauncherImage image, string payload, ulong control, ulong controlLength)
    {
        var vector = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(vector, image.Data(Encoding.ASCII.GetBytes(payload)));
        BinaryPrimitives.WriteUInt64LittleEndian(vector.AsSpan(8), (ulong)payload.Length);
        var header = new byte[56];
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(16), image.Data(vector));
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(24), 1);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(32), control);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(40), controlLength);
        return image.Data(header);
    }

    private static byte[] SocketAddress(string path)
    {
        var bytes = Encoding.UTF8.GetBytes(path);
        var address = new byte[2 + bytes.Length + 1];
        BinaryPrimitives.WriteUInt16LittleEndian(address, UnixDomain);
        bytes.CopyTo(address, 2);
        return address;
    }

    private static int Mount => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 40 : 165;

    private static int Number(string name) => SyscallTable.TryGetNumber(name, out var number)
        ? number
        : throw new InvalidOperationException($"the launcher needs {name}, which this architecture's table lacks");
}
