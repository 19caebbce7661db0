using System.Buffers.Text;

namespace Faultbox.Linux.Syscalls;

/// <summary>Resolves the path of a call as the service sees it, while the caller waits.</summary>
internal readonly ref struct CallPathResolver(ICallerReader reader, PathTable paths, int threadId)
{
    private const int MaximumPath = 4096;
    private const int StringChunk = 256;
    private const int PageSize = 4096;
    private const int CurrentDirectory = -100;

    private readonly ResolverScratch _scratch = ResolverScratch.OfThread;

    /// <summary>Resolves a path argument; false when something could not be read.</summary>
    /// <param name="address">Address of the NUL terminated path.</param>
    /// <param name="directory">Descriptor that a relative path starts from; −100 for the working directory.</param>
    /// <param name="path">The result.</param>
    public bool TryArgument(ulong address, int directory, out ResolvedPath path)
    {
        path = default;
        var raw = _scratch.Raw;
        var rawLength = address == 0 ? 0 : ReadString(address, raw);
        if (rawLength < 0)
        {
            return false;
        }

        raw = raw[..rawLength];
        if (raw.IsEmpty)
        {
            // The call works on the directory descriptor itself.
            return directory != CurrentDirectory && TryDescriptor(directory, out path);
        }

        var joined = _scratch.Joined;
        var length = 0;
        if (raw[0] != (byte)'/')
        {
            length = directory == CurrentDirectory
                ? WithoutRoot(joined[..MaximumPath], reader.ReadLink(threadId, "cwd"u8, joined[..MaximumPath]))
                : WithoutRoot(joined[..MaximumPath], ReadDescriptor(directory, joined[..MaximumPath]));
            if (length <= 0)
            {
                return false;
            }

            joined[length++] = (byte)'/';
        }

        raw.CopyTo(joined[length..]);
        var clean = CleanPath(joined[..(length + rawLength)]);
        path = new ResolvedPath(paths.Intern(clean), clean.SequenceEqual(raw) ? -1 : paths.Intern(raw), FromDescriptor: false);
        return true;
    }

    /// <summary>Resolves an open descriptor; false when it could not be read.</summary>
    public bool TryDescriptor(int descriptor, out ResolvedPath path)
    {
        var buffer = _scratch.Joined[..MaximumPath];
        var length = ReadDescriptor(descriptor, buffer);
        if (length <= 0)
        {
            path = default;
            return false;
        }

        var id = paths.Intern(buffer[..length]);
        if (buffer[0] == (byte)'/')
        {
            if (_scratch.TryFind(paths, threadId, id, out var resolved))
            {
                id = resolved;
            }
            else
            {
                var inside = paths.Intern(buffer[..WithoutRoot(buffer, length)]);
                _scratch.Keep(paths, threadId, id, inside);
                id = inside;
            }
        }

        path = new ResolvedPath(id, -1, FromDescriptor: true);
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

    /// <summary>Reads a string in pieces that do not cross a page, as what follows it may not be readable. Returns its length or −1.</summary>
    private int ReadString(ulong address, Span<byte> buffer)
    {
        var length = 0;
        while (length < buffer.Length)
        {
            var at = address + (ulong)length;
            var size = Math.Min(Math.Min(StringChunk, buffer.Length - length), PageSize - (int)(at % PageSize));
            var chunk = buffer.Slice(length, size);
            if (reader.ReadMemory(threadId, at, chunk) < size)
            {
                return -1;
            }

            var end = chunk.IndexOf((byte)0);
            if (end >= 0)
            {
                return length + end;
            }

            length += size;
        }

        return -1;
    }

    private int ReadDescriptor(int descriptor, Span<byte> buffer)
    {
        Span<byte> name = stackalloc byte[16];
        "fd/"u8.CopyTo(name);
        Utf8Formatter.TryFormat(descriptor, name[3..], out var digits);
        return reader.ReadLink(threadId, name[..(3 + digits)], buffer);
    }

    /// <summary>A changed root is part of what the host sees and no part of what the service sees.</summary>
    private int WithoutRoot(Span<byte> path, int length)
    {
        if (length <= 0 || path[0] != (byte)'/')
        {
            return length;
        }

        var root = _scratch.Root;
        var rootLength = reader.ReadLink(threadId, "root"u8, root);
        if (rootLength <= 1 || !path[..length].StartsWith(root[..rootLength]))
        {
            return length;
        }

        if (rootLength == length)
        {
            path[0] = (byte)'/';
            return 1;
        }

        if (path[rootLength] != (byte)'/')
        {
            return length;
        }

        path[rootLength..length].CopyTo(path);
        return length - rootLength;
    }
}
