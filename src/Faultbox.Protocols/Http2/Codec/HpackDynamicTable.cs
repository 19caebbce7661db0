namespace Faultbox.Protocols.Http2.Codec;

/// <summary>The entries that a sender has added, newest first (RFC 7541 section 2.3.2).</summary>
internal sealed class HpackDynamicTable
{
    private HeaderField[] _entries = new HeaderField[32];
    private int _newest;
    private int _size;

    /// <summary>Number of entries.</summary>
    public int Count { get; private set; }

    /// <summary>Size that entries may take together.</summary>
    public int Limit { get; private set; } = 4096;

    /// <summary>Entry at an index from 0, newest first.</summary>
    public HeaderField this[int index] => _entries[(_newest - index + _entries.Length) & (_entries.Length - 1)];

    /// <summary>Adds an entry; the oldest ones make room. One that is larger than the table empties it.</summary>
    public void Add(HeaderField field)
    {
        Evict(Limit - field.Size);
        if (field.Size > Limit)
        {
            return;
        }

        if (Count == _entries.Length)
        {
            Enlarge();
        }

        _newest = (_newest + 1) & (_entries.Length - 1);
        _entries[_newest] = field;
        Count++;
        _size += field.Size;
    }

    /// <summary>Changes the limit.</summary>
    public void Resize(int limit)
    {
        Limit = limit;
        Evict(limit);
    }

    private void Evict(int room)
    {
        while (Count > 0 && _size > room)
        {
            ref var oldest = ref _entries[(_newest - Count + 1 + _entries.Length) & (_entries.Length - 1)];
            _size -= oldest.Size;
            oldest = default;
            Count--;
        }
    }

    private void Enlarge()
    {
        var larger = new HeaderField[_entries.Length * 2];
        for (var i = 0; i < Count; i++)
        {
            larger[Count - 1 - i] = this[i];
        }

        _entries = larger;
        _newest = Count - 1;
    }
}
