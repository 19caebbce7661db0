using System.Collections.Concurrent;

namespace Faultbox.Core.Proxying;

/// <summary>What an interface saw while rules were in force: enough to tell why one of them matched nothing.</summary>
internal sealed class MessageTally
{
    private const int MaximumKinds = 256;
    private const int MaximumText = 200;

    private readonly ConcurrentDictionary<string, Count> _kinds = new(StringComparer.Ordinal);
    private long _total;

    /// <summary>Messages counted.</summary>
    public long Total => Volatile.Read(ref _total);

    /// <summary>The number of each kind of messages until now.</summary>
    public IReadOnlyDictionary<string, long> Kinds => _kinds.ToDictionary(k => k.Key, k => k.Value.Read(), StringComparer.Ordinal);

    /// <summary>Kinds of messages with their number since an earlier state of <see cref="Kinds"/>, most frequent first.</summary>
    public IReadOnlyList<KeyValuePair<string, long>> KindsSince(IReadOnlyDictionary<string, long> before) =>
        [.. _kinds.Select(k => KeyValuePair.Create(k.Key, k.Value.Read() - before.GetValueOrDefault(k.Key)))
            .Where(k => k.Value > 0)
            .OrderByDescending(k => k.Value)
            .ThenBy(k => k.Key, StringComparer.Ordinal)];

    /// <summary>Counts a message; with <paramref name="byKind"/> also what it was.</summary>
    public void Add(in ProxyMessage message, bool byKind)
    {
        Interlocked.Increment(ref _total);
        if (byKind)
        {
            AddKind(message);
        }
    }

    /// <summary>Notes what a message was.</summary>
    public void AddKind(in ProxyMessage message)
    {
        Span<char> buffer = stackalloc char[MaximumText];
        var text = buffer[..Describe(message, buffer)];
        if (text.IsEmpty)
        {
            return;
        }

        if (_kinds.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text, out var known))
        {
            known.Increment();
        }
        else if (_kinds.Count < MaximumKinds)
        {
            _kinds.GetOrAdd(text.ToString(), _ => new Count()).Increment();
        }
    }

    /// <summary>The parts that identify a message, those that the protocol fills, separated by spaces.</summary>
    private static int Describe(in ProxyMessage message, Span<char> buffer)
    {
        var length = 0;
        Append(message.Method, buffer, ref length);
        Append(message.Command, buffer, ref length);
        Append(message.Topic, buffer, ref length);

        // A call is named by its path.
        Append(message.Path.SequenceEqual(message.Method) ? [] : message.Path, buffer, ref length);
        Append(message.Key, buffer, ref length);
        Append(message.Query, buffer, ref length);
        if (length == 0 && message.IsBytes)
        {
            length = ByteText.Write(message.Start, buffer);
        }

        return length;
    }

    private static void Append(ReadOnlySpan<char> part, Span<char> buffer, ref int length)
    {
        if (part.IsEmpty || length >= buffer.Length - 1)
        {
            return;
        }

        if (length > 0)
        {
            buffer[length++] = ' ';
        }

        var fitting = part[..Math.Min(part.Length, buffer.Length - length)];
        fitting.CopyTo(buffer[length..]);
        length += fitting.Length;
    }

    private sealed class Count
    {
        private long _value;

        public void Increment() => Interlocked.Increment(ref _value);

        public long Read() => Volatile.Read(ref _value);
    }
}
