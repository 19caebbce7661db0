namespace Faultbox.Linux.Syscalls;

/// <summary>Which arguments of a call say what it works on. Positions from 0; -1 when there is none.</summary>
/// <param name="Descriptor">Open descriptor the call works on.</param>
/// <param name="Directory">Descriptor that a relative path starts from.</param>
/// <param name="Path">Address of a NUL terminated path.</param>
/// <param name="Count">Requested size in bytes.</param>
/// <param name="Vectors">Address of I/O vectors; their count is the next argument.</param>
/// <param name="Address">Address of a socket address; its length is the next argument.</param>
/// <param name="Message">Address of a message header.</param>
/// <param name="SecondPath">Address of the second path of a call that names two: the new name.</param>
/// <param name="SecondDirectory">Descriptor that a relative second path starts from.</param>
/// <param name="Sends">True when the message header says where the message goes; false when it receives where it came from.</param>
public readonly record struct SyscallShape(
    int Descriptor = -1, int Directory = -1, int Path = -1, int Count = -1, int Vectors = -1, int Address = -1, int Message = -1,
    int SecondPath = -1, int SecondDirectory = -1, bool Sends = false)
{
    private static readonly SyscallShape[] Shapes = Build();

    /// <summary>True when the call works on an open descriptor.</summary>
    public bool HasDescriptor => Descriptor >= 0;

    /// <summary>True when the call names a path.</summary>
    public bool HasPath => Path >= 0;

    /// <summary>True when the call asks for a number of bytes.</summary>
    public bool HasSize => Count >= 0 || Vectors >= 0 || Message >= 0;

    /// <summary>True when the call may say where it goes.</summary>
    public bool HasDestination => Address >= 0 || Sends;

    /// <summary>Shape of a call by number.</summary>
    public static SyscallShape Of(int number) => (uint)number < (uint)Shapes.Length ? Shapes[number] : None;

    /// <summary>Whether a call works on a file or a socket, which programs can also do through a ring.</summary>
    internal static bool IsFileOrSocketCall(int number) =>
        Of(number) is var shape && (shape.Descriptor >= 0 || shape.Path >= 0 || SyscallTable.NameOf(number) == "socket");

    private static SyscallShape None => new(-1, -1, -1, -1, -1, -1, -1, -1, -1);

    private static SyscallShape[] Build()
    {
        var shapes = new SyscallShape[512];
        Array.Fill(shapes, None);
        Set(
            shapes,
            "read write pread64 pwrite64",
            None with { Descriptor = 0, Count = 2 });
        Set(
            shapes,
            "readv writev preadv pwritev preadv2 pwritev2",
            None with { Descriptor = 0, Vectors = 1 });
        Set(
            shapes,
            "fsync fdatasync sync_file_range syncfs ftruncate fallocate close fchmod fchown fstat flock lseek getdents getdents64 fchdir",
            None with { Descriptor = 0 });
        Set(
            shapes,
            "open creat mkdir rmdir unlink truncate stat lstat access readlink chmod chown chdir execve",
            None with { Path = 0 });
        Set(
            shapes,
            "rename link",
            None with { Path = 0, SecondPath = 1 });
        Set(
            shapes,
            "symlink",
            None with { Path = 1 });
        Set(
            shapes,
            "openat openat2 mkdirat unlinkat newfstatat statx faccessat faccessat2 readlinkat fchmodat fchownat utimensat execveat",
            None with { Directory = 0, Path = 1 });
        Set(
            shapes,
            "renameat renameat2 linkat",
            None with { Directory = 0, Path = 1, SecondDirectory = 2, SecondPath = 3 });
        Set(
            shapes,
            "symlinkat",
            None with { Directory = 1, Path = 2 });
        Set(
            shapes,
            "connect bind",
            None with { Descriptor = 0, Address = 1 });
        Set(
            shapes,
            "sendto",
            None with { Descriptor = 0, Count = 2, Address = 4 });
        Set(
            shapes,
            "recvfrom",
            None with { Descriptor = 0, Count = 2 });
        Set(
            shapes,
            "sendmsg sendmmsg",
            None with { Descriptor = 0, Message = 1, Sends = true });
        Set(
            shapes,
            "recvmsg recvmmsg",
            None with { Descriptor = 0, Message = 1 });
        Set(
            shapes,
            "listen accept accept4 shutdown getsockname getpeername setsockopt getsockopt fcntl ioctl",
            None with { Descriptor = 0 });
        Set(
            shapes,
            "fallocate",
            None with { Descriptor = 0, Count = 3 });
        return shapes;
    }

    private static void Set(SyscallShape[] shapes, string names, SyscallShape shape)
    {
        foreach (var name in names.Split(' '))
        {
            if (SyscallTable.TryGetNumber(name, out var number))
            {
                shapes[number] = shape;
            }
        }
    }
}
