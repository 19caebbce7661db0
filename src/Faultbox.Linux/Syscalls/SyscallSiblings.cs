namespace Faultbox.Linux.Syscalls;

/// <summary>
/// Calls that do the same job under different names: programs of different languages, C libraries and ages make one or the other. A rule
/// on one of them matches nothing when the program makes another, and seeing that other call tells why.
/// </summary>
public static class SyscallSiblings
{
    private static readonly string[][] Groups =
    [
        ["write", "writev", "sendto", "sendmsg", "sendmmsg"],
        ["write", "writev", "pwrite64", "pwritev", "pwritev2"],
        ["read", "readv", "recvfrom", "recvmsg", "recvmmsg"],
        ["read", "readv", "pread64", "preadv", "preadv2"],
        ["open", "openat", "openat2", "creat"],
        ["close", "close_range"],
        ["fsync", "fdatasync", "sync_file_range", "syncfs", "sync"],
        ["truncate", "ftruncate"],
        ["sendfile", "splice", "copy_file_range"],
        ["dup", "dup2", "dup3"],
        ["pipe", "pipe2"],
        ["mkdir", "mkdirat"],
        ["rmdir", "unlink", "unlinkat"],
        ["rename", "renameat", "renameat2"],
        ["link", "linkat"],
        ["symlink", "symlinkat"],
        ["readlink", "readlinkat"],
        ["stat", "lstat", "fstat", "newfstatat", "statx"],
        ["access", "faccessat", "faccessat2"],
        ["chmod", "fchmod", "fchmodat"],
        ["chown", "fchown", "fchownat"],
        ["chdir", "fchdir"],
        ["getdents", "getdents64"],
        ["accept", "accept4"],
        ["poll", "ppoll", "select", "pselect6", "epoll_wait", "epoll_pwait", "epoll_pwait2"],
        ["fork", "vfork", "clone", "clone3"],
        ["execve", "execveat"],
        ["wait4", "waitid"],
        ["kill", "tgkill", "pidfd_send_signal"],
        ["nanosleep", "clock_nanosleep"],
        ["futex", "futex_waitv"],
        ["io_getevents", "io_pgetevents"],
    ];

    /// <summary>The calls that do the job of one of some calls, in a fixed order, themselves included; calls without siblings add nothing.</summary>
    /// <param name="calls">Kernel names.</param>
    public static IEnumerable<string> Of(IReadOnlyCollection<string> calls) =>
        Groups.Where(g => g.Any(calls.Contains)).SelectMany(g => g).Distinct(StringComparer.Ordinal);
}
