using Faultbox.Core.Faults;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Core.Holds;

/// <summary>A system call that waits for its release.</summary>
/// <param name="Record">The call as it was recorded.</param>
/// <param name="Destination">Where it goes; null for a call that names no address.</param>
public readonly record struct HeldSyscall(SyscallRecord Record, SocketDestination? Destination);
