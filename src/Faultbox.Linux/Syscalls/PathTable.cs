using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Faultbox.Linux.Syscalls;

/// <summary>What a resolved path names.</summary>
[Flags]
public enum PathKind
{
    /// <summary>A file or directory by name.</summary>
    File = 0,

    /// <summary>A file that was unlinked while open.</summary>
    Deleted = 1,

    /// <summary>A socket.</summary>
    Socket = 2,

    /// <summary>A pipe.</summary>
    Pipe = 4,

    /// <summary>A descriptor of the kernel's own: eventfd, epoll, timerfd, signalfd, inotify.</summary>
    AnonInode = 8,

    /// <summary>A path below the directories of the operating system: libraries, <c>/proc</c>, <c>/sys</c>, <c>/dev</c>.</summary>
    SystemPath = 16,
}

/// <summary>
/// Paths by small numbers. Looking up a known path takes no lock and allocates nothing; numbers are dense and never change.
/// </summary>
public sealed class PathTable
{
    private static readonly string[] SystemPrefixes =
        ["/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/", "/proc/", "/sys/", "/dev/", "/etc/ld.so."];

    private readonly ConcurrentDictionary<byte[], int> _ids = new(ByteComparer.Instance);
    private readonly ConcurrentDictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> _lookup;
    private readonly Lock _grow = new();
    private Entry[] _entries = new Entry[256];
    private int _count;

    /// <summary>An empty table.</summary>
    public PathTable() => _lookup = _ids.GetAlternateLookup<ReadOnlySpan<byte>>();

    /// <summary>Number of distinct paths.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>The number of a path, given as UTF-8.</summary>
    public int Intern(ReadOnlySpan<byte> utf8) => _lookup.TryGetValue(utf8, out var id) ? id : Add(utf8);

    /// <summary>Text of a path.</summary>
    public string Text(int id) => Find(id).Text;

    /// <summary>UTF-8 bytes of a path.</summary>
    public ReadOnlySpan<byte> Bytes(int id) => Find(id).Bytes;

    /// <summary>What a path names.</summary>
    public PathKind KindOf(int id) => Find(id).Kind;

    private Entry Find(int id) => Volatile.Read(ref _entries)[id];

    private int Add(ReadOnlySpan<byte> utf8)
    {
        lock (_grow)
        {
            if (_lookup.TryGetValue(utf8, out var known))
            {
                return known;
            }

            var bytes = utf8.ToArray();
            var text = Encoding.UTF8.GetString(bytes);
            if (_count == _entries.Length)
            {
                var larger = new Entry[_entries.Length * 2];
                Array.Copy(_entries, larger, _count);
                Volatile.Write(ref _entries, larger);
            }

            var id = _count;
            _entries[id] = new Entry(bytes, text, Classify(text));
            Volatile.Write(ref _count, id + 1);
            _ids[bytes] = id;
            return id;
        }
    }

    private static PathKind Classify(string text)
    {
        if (text.StartsWith("socket:[", StringComparison.Ordinal))
        {
            return PathKind.Socket;
        }

        if (text.StartsWith("pipe:[", StringComparison.Ordinal))
        {
            return PathKind.Pipe;
        }

        if (text.StartsWith("anon_inode:", StringComparison.Ordinal))
        {
            return PathKind.AnonInode;
        }

        var kind = text.EndsWith(" (deleted)", StringComparison.Ordinal) ? PathKind.Deleted : PathKind.File;
        return SystemPrefixes.Any(p => text.StartsWith(p, StringComparison.Ordinal)) ? kind | PathKind.SystemPath : kind;
    }

    private sealed record Entry(byte[] Bytes, string Text, PathKind Kind);

    private sealed class ByteComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly ByteComparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode([DisallowNull] byte[] bytes) => GetHashCode(bytes.AsSpan());

        public int GetHashCode(ReadOnlySpan<byte> bytes)
        {
            var hash = default(HashCode);
            hash.AddBytes(bytes);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}

/// <summary>The path of one call.</summary>
/// <param name="PathId">Number of the resolved path.</param>
/// <param name="RawPathId">Number of the path as the caller wrote it when that differs, otherwise -1.</param>
/// <param name="FromDescriptor">True when the path is that of an open descriptor.</param>
public readonly record struct ResolvedPath(int PathId, int RawPathId, bool FromDescriptor);
