using Starlark.Execution;

namespace Starlark;

/// <summary>
/// An insertion-ordered hash table with values as keys. Entries lie in one array in insertion order; a removed entry leaves a hole that the
/// next growth closes.
/// </summary>
internal sealed class ValueTable
{
    /// <summary>A table of that size is searched from end to end, without buckets.</summary>
    private const int Small = 8;

    /// <summary>Room for the largest possible result is made beforehand when it is no more than this.</summary>
    private const int ReservedAtMost = 1 << 16;

    private int[] _buckets = [];
    private Entry[] _entries = [];
    private int _used;

    /// <summary>No entry lies before this place.</summary>
    private int _head;

    public int Count { get; private set; }

    /// <summary>Number of entry places in use, holes included.</summary>
    public int Used => _used;

    public bool TryGet(Value key, out Value value)
    {
        var index = Find(key, HashOf(key));
        value = index >= 0 ? _entries[index].Value : default;
        return index >= 0;
    }

    /// <summary>The value of a key, to be read or replaced before the table changes; a null reference when there is none.</summary>
    public ref Value Find(Value key)
    {
        var index = Find(key, HashOf(key));
        return ref index >= 0 ? ref _entries[index].Value : ref System.Runtime.CompilerServices.Unsafe.NullRef<Value>();
    }

    public bool Contains(Value key) => Find(key, HashOf(key)) >= 0;

    /// <summary>Adds or replaces; true when the key is new.</summary>
    public bool Set(Value key, Value value) => Set(key, value, HashOf(key));

    private bool Set(Value key, Value value, int hash)
    {
        var index = Find(key, hash);
        if (index >= 0)
        {
            _entries[index].Value = value;
            return false;
        }

        Add(key, hash).Value = value;
        return true;
    }

    /// <summary>Adds a key without a value, when it is not there.</summary>
    public void Include(Value key)
    {
        var hash = HashOf(key);
        if (Find(key, hash) < 0)
        {
            Add(key, hash);
        }
    }

    /// <summary>Adds a key that is not there.</summary>
    private ref Entry Add(Value key, int hash)
    {
        if (_used == _entries.Length)
        {
            Rebuild(Math.Max(4, Count * 2));
        }

        ref var entry = ref _entries[_used++];
        (entry.Hash, entry.Key) = (hash, key);
        if (_buckets.Length > 0)
        {
            ref var bucket = ref _buckets[hash & (_buckets.Length - 1)];
            (entry.Next, bucket) = (bucket, _used);
        }

        Count++;
        return ref entry;
    }

    /// <summary>Makes room for entries that may be added to an empty table.</summary>
    public void Reserve(long count)
    {
        if (count <= ReservedAtMost && count > _entries.Length)
        {
            Rebuild((int)count);
        }
    }

    /// <summary>Adds the keys of another table that a third one has, or those it has not.</summary>
    public void Select(ValueTable other, ValueTable selection, bool kept)
    {
        Reserve(kept ? Math.Min(other.Count, selection.Count) : other.Count);
        var thread = RunningThread.Current;
        for (var i = 0; i < other._used; i++)
        {
            thread?.Step();
            ref var entry = ref other._entries[i];
            if (!entry.Key.IsUnset && selection.Find(entry.Key, entry.Hash) >= 0 == kept)
            {
                Add(entry.Key, entry.Hash);
            }
        }

        if (Count < _entries.Length / 4)
        {
            Rebuild(Count);
        }
    }

    public bool Remove(Value key, out Value value)
    {
        value = default;
        if (Count == 0)
        {
            _ = HashOf(key);
            return false;
        }

        var hash = HashOf(key);
        if (_buckets.Length == 0)
        {
            var place = Find(key, hash);
            if (place >= 0)
            {
                value = _entries[place].Value;
                _entries[place] = default;
                Count--;
            }

            return place >= 0;
        }

        var previous = -1;
        for (var i = _buckets[hash & (_buckets.Length - 1)] - 1; i >= 0; previous = i, i = _entries[i].Next - 1)
        {
            ref var entry = ref _entries[i];
            if (entry.Hash != hash || !SameKey(entry.Key, key))
            {
                continue;
            }

            if (previous < 0)
            {
                _buckets[hash & (_buckets.Length - 1)] = entry.Next;
            }
            else
            {
                _entries[previous].Next = entry.Next;
            }

            value = entry.Value;
            entry = default;
            Count--;
            return true;
        }

        return false;
    }

    public void Clear()
    {
        (_buckets, _entries, _used, _head, Count) = ([], [], 0, 0, 0);
    }

    /// <summary>Adds or replaces all entries of another table; an empty table becomes a copy without looking a key up.</summary>
    public void CopyFrom(ValueTable other)
    {
        Room.ForItems(other.Count);
        if (_used == 0 && other.Count == other._used)
        {
            CopyWithoutHoles(other);
            return;
        }

        var thread = RunningThread.Current;
        for (var i = 0; i < other._used; i++)
        {
            thread?.Step();
            ref var entry = ref other._entries[i];
            if (!entry.Key.IsUnset)
            {
                Set(entry.Key, entry.Value, entry.Hash);
            }
        }
    }

    private void CopyWithoutHoles(ValueTable other)
    {
        (_used, Count) = (other._used, other.Count);
        if (_entries.Length > other._entries.Length)
        {
            Array.Copy(other._entries, _entries, _used);
            Link();
            return;
        }

        (_buckets, _entries) = ((int[])other._buckets.Clone(), (Entry[])other._entries.Clone());
    }

    /// <summary>The oldest entry of a table that has one.</summary>
    public (Value Key, Value Value) First()
    {
        while (_entries[_head].Key.IsUnset)
        {
            _head++;
        }

        return (_entries[_head].Key, _entries[_head].Value);
    }

    /// <summary>Reads the entry at a place; false for a hole.</summary>
    public bool EntryAt(int place, out Value key, out Value value)
    {
        ref var entry = ref _entries[place];
        (key, value) = (entry.Key, entry.Value);
        return !entry.Key.IsUnset;
    }

    /// <summary>Numbers and texts, which most keys are, are hashed without asking what else a key could be.</summary>
    private static int HashOf(Value key) => int.MaxValue &
        (key.IsInt ? Equality.HashOf(key.Bits) : key.Ref is StarlarkString text ? text.TableHash : Equality.Hash(key));

    private static bool SameKey(Value a, Value b) =>
        ReferenceEquals(a.Ref, b.Ref) && a.Bits == b.Bits
        || (a.Ref is StarlarkString s && b.Ref is StarlarkString t ? StarlarkString.AreSame(s, t)
            : a.Ref is StarlarkTuple x && b.Ref is StarlarkTuple y ? x.EqualTo(y, 1)
            : Value.Equals(a, b));

    private int Find(Value key, int hash)
    {
        var entries = _entries;
        if (_buckets.Length == 0)
        {
            for (var i = 0; i < _used; i++)
            {
                if (entries[i].Hash == hash && !entries[i].Key.IsUnset && SameKey(entries[i].Key, key))
                {
                    return i;
                }
            }

            return -1;
        }

        for (var i = _buckets[hash & (_buckets.Length - 1)] - 1; i >= 0; i = entries[i].Next - 1)
        {
            ref var entry = ref entries[i];
            if (entry.Hash == hash && SameKey(entry.Key, key))
            {
                return i;
            }
        }

        return -1;
    }

    private void Rebuild(int capacity)
    {
        var size = 4;
        while (size < capacity)
        {
            size *= 2;
        }

        Room.ForItems(size * 3L / 2);
        var (old, used) = (_entries, _used);
        _entries = new Entry[size];
        _buckets = size > Small ? new int[size] : [];
        (_used, _head) = (Count, 0);
        if (used == Count)
        {
            Array.Copy(old, _entries, used);
        }
        else
        {
            CopyWithoutHoles(old.AsSpan(0, used), _entries);
        }

        Link();
    }

    private static void CopyWithoutHoles(ReadOnlySpan<Entry> old, Span<Entry> entries)
    {
        var next = 0;
        foreach (ref readonly var entry in old)
        {
            if (!entry.Key.IsUnset)
            {
                entries[next++] = entry;
            }
        }
    }

    /// <summary>Puts all entries, of which none is a hole, into empty buckets.</summary>
    private void Link()
    {
        if (_buckets.Length == 0)
        {
            return;
        }

        var entries = _entries.AsSpan(0, _used);
        for (var i = 0; i < entries.Length; i++)
        {
            ref var bucket = ref _buckets[entries[i].Hash & (_buckets.Length - 1)];
            (entries[i].Next, bucket) = (bucket, i + 1);
        }
    }

    private struct Entry
    {
        public Value Key;
        public Value Value;
        public int Hash;
        public int Next;
    }
}
