using System.Numerics;
using System.Runtime.InteropServices;

namespace Faultbox.Core.Events;

/// <summary>
/// A list of plain values that only grows and lies outside the collected heap: adding to it makes no object, and its length costs the
/// collector nothing. Blocks never move, and each is as long as all before it, so readers need no lock. One writer at a time; readers see
/// every element below a count they have read.
/// </summary>
internal sealed unsafe class PlainList<T>
    where T : unmanaged
{
    private const int FirstBits = 8;

    private readonly nint[] _blocks = new nint[31 - FirstBits];
    private int _count;
    private long _bytes;

    /// <summary>Frees the blocks.</summary>
    ~PlainList()
    {
        foreach (var block in _blocks)
        {
            NativeMemory.Free((void*)block);
        }

        if (_bytes > 0)
        {
            GC.RemoveMemoryPressure(_bytes);
        }
    }

    /// <summary>Number of elements.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>A copy of an element below <see cref="Count"/>.</summary>
    public T this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            var (block, offset) = Place(index);
            var value = ((T*)_blocks[block])[offset];
            GC.KeepAlive(this);
            return value;
        }
    }

    /// <summary>Appends an element.</summary>
    public void Add(in T value)
    {
        var (block, offset) = Place(_count);
        if (_blocks[block] == 0)
        {
            AddBlock(block);
        }

        ((T*)_blocks[block])[offset] = value;
        Volatile.Write(ref _count, _count + 1);
    }

    private void AddBlock(int block)
    {
        var bytes = (long)sizeof(T) << (block + FirstBits);
        _blocks[block] = (nint)NativeMemory.Alloc((nuint)bytes);
        _bytes += bytes;
        GC.AddMemoryPressure(bytes);
    }

    /// <summary>Block n begins with the element 2^(n+8) − 2^8 and holds 2^(n+8) elements.</summary>
    private static (int Block, int Offset) Place(int index)
    {
        var position = index + (1 << FirstBits);
        var bits = BitOperations.Log2((uint)position);
        return (bits - FirstBits, position - (1 << bits));
    }
}
