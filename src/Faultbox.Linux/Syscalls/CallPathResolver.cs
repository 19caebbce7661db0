using System.Buffers.Text;
using Faultbox.Linux.Seccomp;

namespace Faultbox.Linux.Syscalls;

/// <summary>Resolves the path of a call as the service sees it, while the caller waits.</summary>
internal readonly ref struct CallPathResolver(ICallerReader reader, PathTable paths, int threadId)
{
    private const int MaximumPath = 4096;
    private const int CurrentDirectory = -100;

    [ThreadStatic]
    private static byte[]? _scratch;

    /// <summary>Resolves; false when something could not be read.</summary>
    public bool TryResolve(ref readonly SeccompNotification call, SyscallShape shape, out ResolvedPath path)
    {
        var scratch = _scratch ??= new byte[MaximumPath * 4];
        if (shape.Path < 0)
        {
            return TryDescriptor((int)call.Argument(shape.Descriptor), scratch.AsSpan(0, MaximumPath), out path);
        }

        path = default;
        var raw = scratch.AsSpan(0, MaximumPath);
        var read = reader.ReadMemory(threadId, call.Argument(shape.Path), raw);
        var end = read > 0 ? raw[..read].IndexOf((byte)0) : -1;
        if (end < 0)
        {
            return false;
        }

        raw = raw[..end];
        var directory = shape.Directory >= 0 ? (int)call.Argument(shape.Directory) : CurrentDirectory;
        if (raw.IsEmpty)
        {
            return directory != CurrentDirectory && TryDescriptor(directory, scratch.AsSpan(MaximumPath, MaximumPath), out path);
        }

        var joined = scratch.AsSpan(MaximumPath, MaximumPath * 2);
        var length = 0;
        if (raw[0] != (byte)'/')
        {
            length = ReadDirectory(directory, joined[..MaximumPath]);
            if (length < 0)
            {
                return false;
            }

            joined[length++] = (byte)'/';
        }

        raw.CopyTo(joined[length..]);
        var clean = CleanPath(joined[..(length + raw.Length)]);
        path = new ResolvedPath(paths.Intern(clean), clean.SequenceEqual(raw) ? -1 : paths.Intern(raw), FromDescriptor: false);
        return true;
    }

    /// <summary>Removes <c>.</c>, <c>..</c> and doubled slashes in place, by text alone.</summary>
    internal static Span<byte> CleanPath(Span<byte> path)
    {
        var written = 0;
        for (var at = 0; at < path.Length;)
        {
            while (at < path.Length && path[at] == (byte)'/')
            {
                at++;
            }

            var start = at;
            while (at < path.Length && path[at] != (byte)'/')
            {
                at++;
            }

            var part = path[start..at];
            if (part.IsEmpty || part.SequenceEqual("."u8))
            {
                continue;
            }

            if (part.SequenceEqual(".."u8))
            {
                written = Math.Max(0, path[..written].LastIndexOf((byte)'/'));
                continue;
            }

            path[written++] = (byte)'/';
            part.CopyTo(path[written..]);
            written += part.Length;
        }

        if (written == 0 && path.Length > 0)
        {
            path[0] = (byte)'/';
            written = 1;
        }

        return path[..written];
    }

    private bool TryDescriptor(int descriptor, Span<byte> buffer, out ResolvedPath path)
    {
        var length = ReadDescriptor(descriptor, buffer);
        path = length > 0 ? new ResolvedPath(paths.Intern(buffer[..length]), -1, FromDescriptor: true) : default;
        return length > 0;
    }

    private int ReadDirectory(int directory, Span<byte> buffer)
    {
        var length = directory == CurrentDirectory ? reader.ReadLink(threadId, "cwd"u8, buffer) : ReadDescriptor(directory, buffer);
        if (length <= 0)
        {
            return -1;
        }

        return StripRoot(buffer, length);
    }

    /// <summary>A changed root is part of what the host sees and no part of what the service sees.</summary>
    private int StripRoot(Span<byte> buffer, int length)
    {
        Span<byte> root = stackalloc byte[512];
        var rootLength = reader.ReadLink(threadId, "root"u8, root);
        if (rootLength <= 1 || rootLength >= length || !buffer[..rootLength].SequenceEqual(root[..rootLength]) || buffer[rootLength] != (byte)'/')
        {
            return length;
        }

        buffer[rootLength..length].CopyTo(buffer);
        return length - rootLength;
    }

    private int ReadDescriptor(int descriptor, Span<byte> buffer)
    {
        Span<byte> name = stackalloc byte[16];
        "fd/"u8.CopyTo(name);
        Utf8Formatter.TryFormat(descriptor, name[3..], out var digits);
        return reader.ReadLink(threadId, name[..(3 + digits)], buffer);
    }
}
