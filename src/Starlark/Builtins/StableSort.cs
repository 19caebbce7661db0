using System.Buffers.Binary;
using Starlark.Execution;

namespace Starlark;

/// <summary>Stable sorting of items by keys that were computed once.</summary>
internal static class StableSort
{
    private const int Piece = 1 << 15;

    /// <summary>Returns the items in order; equal keys keep their order, in both directions.</summary>
    /// <param name="items">Items.</param>
    /// <param name="keys">Their keys; the items themselves when there is no key function.</param>
    /// <param name="sign">1 for ascending, -1 for descending.</param>
    public static Value[] Sort(Value[] items, Value[] keys, int sign)
    {
        if (Array.TrueForAll(keys, k => k.IsInt))
        {
            return ReferenceEquals(items, keys) ? SortNumbers(items, sign) : SortIntegers(items, keys, sign);
        }

        return Array.TrueForAll(keys, k => k.Ref is StarlarkString)
            ? SortTexts(items, keys, sign)
            : MergeSort(items, keys, sign);
    }

    private static Value[] SortIntegers(Value[] items, Value[] keys, int sign)
    {
        var order = new IntegerKey[items.Length];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = new IntegerKey(sign > 0 ? keys[i].Bits : ~keys[i].Bits, i);
        }

        InPieces(order);
        return Array.ConvertAll(order, o => items[o.Index]);
    }

    /// <summary>Equal numbers cannot be told apart, so that they need no place.</summary>
    private static Value[] SortNumbers(Value[] items, int sign)
    {
        var numbers = new long[items.Length];
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = items[i].Bits;
        }

        Array.Sort(numbers);
        for (var i = 0; i < numbers.Length; i++)
        {
            items[sign > 0 ? i : numbers.Length - 1 - i] = Value.Of(numbers[i]);
        }

        return items;
    }

    private static Value[] SortTexts(Value[] items, Value[] keys, int sign)
    {
        var order = new TextKey[items.Length];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = new TextKey((StarlarkString)keys[i].Ref!, i, sign);
        }

        InPieces(order);
        return Array.ConvertAll(order, o => items[o.Index]);
    }

    /// <summary>Sorts pieces, then merges them: between pieces cancellation is noticed.</summary>
    private static void InPieces<T>(T[] all)
        where T : IComparable<T>
    {
        for (var start = 0; start < all.Length; start += Piece)
        {
            RunningThread.LongStep();
            all.AsSpan(start, Math.Min(Piece, all.Length - start)).Sort();
        }

        var (from, to) = (all, all.Length > Piece ? new T[all.Length] : []);
        for (var width = (long)Piece; width < all.Length; width *= 2)
        {
            for (var start = 0L; start < all.Length; start += 2 * width)
            {
                var middle = (int)Math.Min(start + width, all.Length);
                Merge(from, to, (int)start, middle, (int)Math.Min(middle + width, all.Length));
            }

            (from, to) = (to, from);
        }

        if (!ReferenceEquals(from, all))
        {
            from.CopyTo(all, 0);
        }
    }

    private static void Merge<T>(T[] from, T[] to, int start, int middle, int end)
        where T : IComparable<T>
    {
        var (left, right) = (start, middle);
        for (var at = start; at < end; at++)
        {
            if (at % Piece == 0)
            {
                RunningThread.LongStep();
            }

            to[at] = left < middle && (right >= end || from[left].CompareTo(from[right]) <= 0) ? from[left++] : from[right++];
        }
    }

    /// <summary>Bottom-up, so that an error of a comparison leaves nothing half done and depth does not grow.</summary>
    private static Value[] MergeSort(Value[] items, Value[] keys, int sign)
    {
        var from = new (Value Key, int Index)[items.Length];
        for (var i = 0; i < from.Length; i++)
        {
            from[i] = (keys[i], i);
        }

        var to = new (Value Key, int Index)[items.Length];
        for (var width = 1; width < from.Length; width *= 2)
        {
            for (var start = 0; start < from.Length; start += 2 * width)
            {
                var middle = Math.Min(start + width, from.Length);
                Merge(from, to, start, middle, Math.Min(middle + width, from.Length), sign);
            }

            (from, to) = (to, from);
        }

        return Array.ConvertAll(from, f => items[f.Index]);
    }

    private static void Merge((Value Key, int Index)[] from, (Value Key, int Index)[] to, int start, int middle, int end, int sign)
    {
        var (left, right) = (start, middle);
        for (var at = start; at < end; at++)
        {
            RunningThread.Step();
            var takeLeft = left < middle
                && (right >= end || Compare(from[right].Key, from[left].Key) * sign >= 0);
            to[at] = from[takeLeft ? left++ : right++];
        }
    }

    private static int Compare(Value a, Value b) =>
        a.IsFloat && b.IsFloat && a.AsDouble != b.AsDouble && !double.IsNaN(a.AsDouble) && !double.IsNaN(b.AsDouble) ? (a.AsDouble < b.AsDouble ? -1 : 1)
        : a.IsInt && b.IsInt ? a.Bits.CompareTo(b.Bits)
        : Ordering.Compare(a, b, "<", 0);

    private readonly record struct IntegerKey(long Key, int Index) : IComparable<IntegerKey>
    {
        public int CompareTo(IntegerKey other) => Key != other.Key ? Key.CompareTo(other.Key) : Index.CompareTo(other.Index);
    }

    /// <summary>Most texts are told apart by their first eight bytes, which are at hand as a number.</summary>
    private readonly struct TextKey : IComparable<TextKey>
    {
        private readonly StarlarkString _text;
        private readonly ulong _prefix;
        private readonly int _sign;

        public TextKey(StarlarkString text, int index, int sign)
        {
            (_text, Index, _sign) = (text, index, sign);
            Span<byte> first = stackalloc byte[sizeof(ulong)];
            first.Clear();
            var bytes = text.Bytes;
            bytes[..Math.Min(bytes.Length, first.Length)].CopyTo(first);
            _prefix = BinaryPrimitives.ReadUInt64BigEndian(first);
        }

        public int Index { get; }

        public int CompareTo(TextKey other)
        {
            if (_prefix != other._prefix)
            {
                return _prefix < other._prefix ? -_sign : _sign;
            }

            var order = _text.Bytes.SequenceCompareTo(other._text.Bytes);
            return order != 0 ? order * _sign : Index.CompareTo(other.Index);
        }
    }
}
