namespace Faultbox.Linux.Syscalls;

/// <summary>
/// What a receive thread keeps between two resolutions: buffers, and which descriptor texts need no look at the caller's root again.
/// Reading the root costs as much as reading the descriptor. A text that a thread was seen with is taken as it was then, so the
/// root is read again for every file that is new to a thread, in particular for all it opens after changing its root.
/// </summary>
internal sealed class ResolverScratch
{
    private const int MaximumPath = 4096;
    private const int CacheSize = 1024;

    [ThreadStatic]
    private static ResolverScratch? _ofThread;

    private readonly byte[] _buffer = new byte[MaximumPath * 4];
    private readonly Seen[] _seen = new Seen[CacheSize];
    private PathTable? _paths;

    /// <summary>The scratch of the running thread.</summary>
    public static ResolverScratch OfThread => _ofThread ??= new ResolverScratch();

    /// <summary>A path as the caller wrote it.</summary>
    public Span<byte> Raw => _buffer.AsSpan(0, MaximumPath);

    /// <summary>A path joined from two.</summary>
    public Span<byte> Joined => _buffer.AsSpan(MaximumPath, MaximumPath * 2);

    /// <summary>The caller's root.</summary>
    public Span<byte> Root => _buffer.AsSpan(MaximumPath * 3, MaximumPath);

    /// <summary>What the text of a descriptor was resolved to for a thread; false when that is not known.</summary>
    public bool TryFind(PathTable paths, int threadId, int textId, out int resolvedId)
    {
        ref var entry = ref EntryOf(threadId, textId);
        resolvedId = entry.ResolvedId;
        return ReferenceEquals(paths, _paths) && entry.ThreadId == threadId && entry.TextId == textId;
    }

    /// <summary>Keeps what the text of a descriptor was resolved to.</summary>
    public void Keep(PathTable paths, int threadId, int textId, int resolvedId)
    {
        if (!ReferenceEquals(paths, _paths))
        {
            Array.Clear(_seen);
            _paths = paths;
        }

        EntryOf(threadId, textId) = new Seen(threadId, textId, resolvedId);
    }

    private ref Seen EntryOf(int threadId, int textId) =>
        ref _seen[(uint)HashCode.Combine(threadId, textId) % CacheSize];

    private readonly record struct Seen(int ThreadId, int TextId, int ResolvedId);
}
