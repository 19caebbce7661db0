using System.Buffers.Binary;
using System.Net;
using System.Text;
using Faultbox.Core.Events;
using Faultbox.Core.Faults;
using Faultbox.Core.Holds;
using Faultbox.Linux.Seccomp;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Core.Tests.Faults;

/// <summary>A service whose calls are made up by a test: what its threads would answer to reads of memory and links is scripted.</summary>
internal sealed class ScriptedService : ICallerReader
{
    private const ulong Argument = 0x1000;

    private readonly Dictionary<int, string> _descriptors = [];
    private byte[] _memory = [];
    private ulong _lastId;

    public ScriptedService(Func<FaultEngineOptions, FaultEngineOptions>? configure = null, TimeProvider? time = null)
    {
        Log = new EventLog(time ?? TimeProvider.System);
        var options = new FaultEngineOptions { Service = "ledger", Log = Log, Seed = 7, Test = "test_x" };
        Engine = new FaultEngine(configure?.Invoke(options) ?? options);
    }

    public EventLog Log { get; }

    public FaultEngine Engine { get; }

    /// <summary>Identity of the latest notification.</summary>
    public ulong LastId => _lastId;

    /// <summary>The latest event.</summary>
    public TraceEvent Latest => Log[Log.Count - 1];

    /// <summary>Puts one rule in force.</summary>
    public RuleWindow Open(string keyword, FaultDefinition fault, string? path = null) => Engine.OpenFaults([Rule(keyword, fault, path)], default);

    public static FaultRule Rule(string keyword, FaultDefinition fault, string? path = null, string? operation = null) =>
        new(keyword, operation, SyscallFamilies.Expand(keyword), SyscallFamilies.BaseMembers(keyword), path, fault, default);

    public static FaultDefinition Deny(params string[] errnos) => new()
    {
        Kind = FaultKind.Deny,
        Errnos = [.. errnos.Select(e => Errno.TryParse(e, out var errno) ? errno : throw new ArgumentException(e))],
    };

    public static FaultDefinition Delay(double milliseconds) => new() { Kind = FaultKind.Delay, Delay = TimeSpan.FromMilliseconds(milliseconds) };

    public static FaultDefinition Observe { get; } = new() { Kind = FaultKind.Allow };

    /// <summary>A call on a descriptor that is open on the given target.</summary>
    public Decision OnDescriptor(string call, string target, int descriptor = 5, long bytes = 16, int thread = 100)
    {
        _descriptors[descriptor] = target;
        return Make(call, thread, (ulong)descriptor, Argument, (ulong)bytes);
    }

    /// <summary>A call on a descriptor that cannot be looked up.</summary>
    public Decision OnUnknownDescriptor(string call) => Make(call, 100, 999, Argument, 16);

    /// <summary><c>openat</c> of an absolute path.</summary>
    public Decision OpenAt(string path)
    {
        _memory = new byte[4096];
        Encoding.UTF8.GetBytes(path, _memory);
        return Make("openat", 100, unchecked((ulong)-100L), Argument, 0);
    }

    /// <summary><c>connect</c> to an address.</summary>
    public Decision Connect(string address, int port)
    {
        _descriptors[5] = "socket:[77]";
        var ip = IPAddress.Parse(address);
        var bytes = ip.GetAddressBytes();
        var v4 = bytes.Length == 4;
        _memory = new byte[v4 ? 16 : 28];
        BinaryPrimitives.WriteUInt16LittleEndian(_memory, (ushort)(v4 ? 2 : 10));
        BinaryPrimitives.WriteUInt16BigEndian(_memory.AsSpan(2), (ushort)port);
        bytes.CopyTo(_memory, v4 ? 4 : 8);
        return Make("connect", 100, 5, Argument, (ulong)_memory.Length);
    }

    /// <summary><c>connect</c> to the path of a unix socket.</summary>
    public Decision ConnectUnix(string path)
    {
        _memory = new byte[110];
        _memory[0] = 1;
        Encoding.UTF8.GetBytes(path, _memory.AsSpan(2));
        return Make("connect", 100, 5, Argument, (ulong)_memory.Length);
    }

    /// <summary><c>connect</c> to an address that cannot be read.</summary>
    public Decision ConnectUnreadable()
    {
        _memory = [];
        return Make("connect", 100, 5, Argument, 16);
    }

    public int ReadMemory(int threadId, ulong address, Span<byte> buffer)
    {
        var memory = _memory.AsSpan(Math.Min((int)(address - Argument), _memory.Length));
        var length = Math.Min(buffer.Length, memory.Length);
        memory[..length].CopyTo(buffer);
        return length;
    }

    public int ReadLink(int threadId, ReadOnlySpan<byte> name, Span<byte> buffer)
    {
        var link = name.SequenceEqual("cwd"u8) || name.SequenceEqual("root"u8) ? "/"
            : name.StartsWith("fd/"u8) && _descriptors.TryGetValue(int.Parse(name[3..]), out var target) ? target
            : null;
        return link is null ? -2 : Encoding.UTF8.GetBytes(link, buffer);
    }

    private Decision Make(string call, int thread, ulong arg0, ulong arg1, ulong arg2)
    {
        SyscallTable.TryGetNumber(call, out var number);
        var notification = new SeccompNotification
        {
            Id = ++_lastId,
            Pid = (uint)thread,
            Number = number,
            Arg0 = arg0,
            Arg1 = arg1,
            Arg2 = arg2,
        };
        var context = new SyscallContext(in notification, this, null, Log.Paths);
        if (Engine.TryHold(ref context, out var queue, out var held))
        {
            Wait(queue, held);
            return held.Record.Decision;
        }

        return Engine.Decide(ref context);
    }

    // Apart from the deciding of calls, which must not pay for the closure.
    private void Wait(HoldQueue queue, HeldSyscall held) => queue.Add(new HeldCall($"{_lastId}", errno => Engine.Release(held, errno)));
}
