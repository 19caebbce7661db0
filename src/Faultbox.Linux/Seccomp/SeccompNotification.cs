using System.Runtime.InteropServices;

namespace Faultbox.Linux.Seccomp;

/// <summary>One intercepted call as the kernel describes it: <c>struct seccomp_notif</c>, 80 bytes (include/uapi/linux/seccomp.h).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SeccompNotification
{
    /// <summary>Identifies the call until it is answered.</summary>
    public ulong Id;

    /// <summary>Thread that made the call, in Faultbox's own process namespace.</summary>
    public uint Pid;

    /// <summary>Always 0 today.</summary>
    public uint Flags;

    /// <summary>System call number.</summary>
    public int Number;

    /// <summary>Audit architecture id.</summary>
    public uint Arch;

    /// <summary>Address after the instruction that made the call.</summary>
    public ulong InstructionPointer;

    /// <summary>First argument.</summary>
    public ulong Arg0;

    /// <summary>Second argument.</summary>
    public ulong Arg1;

    /// <summary>Third argument.</summary>
    public ulong Arg2;

    /// <summary>Fourth argument.</summary>
    public ulong Arg3;

    /// <summary>Fifth argument.</summary>
    public ulong Arg4;

    /// <summary>Sixth argument.</summary>
    public ulong Arg5;

    /// <summary>Argument by position, from 0.</summary>
    public readonly ulong Argument(int index) => index switch
    {
        0 => Arg0,
        1 => Arg1,
        2 => Arg2,
        3 => Arg3,
        4 => Arg4,
        _ => Arg5,
    };
}

/// <summary>The answer to a notification: <c>struct seccomp_notif_resp</c>, 24 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SeccompResponse
{
    public ulong Id;
    public long Value;
    public int Error;
    public uint Flags;
}
