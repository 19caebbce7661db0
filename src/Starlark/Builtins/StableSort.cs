using System.Buffers.Binary;
using Starlark.Execution;

namespace Starlark;

/// <summary>Stable sorting of items by keys that were computed once.</summary>
internal static class StableSort
{
    private const int Piece = 1 << 15;

    /// <summary>Sorted by insertion.</summary>
    private const int Run = 8;

    /// <summary>Returns the items in order; equal keys keep their order, in both directions.</summary>
    /// <param name="items">Items.</param>
    /// <param name="keys">Their keys, which are overwritten; the items themselves when there is no key function.</param>
    /// <param name="sign">1 for ascending, -1 for descending.</param>
    public static Value[] Sort(Value[] items, Value[] keys, int sign)
    {
        var (integers, floats, texts) = (true, true, true);
        foreach (var key in keys)
        {
            integers &= key.IsInt;
            floats &= key.IsFloat && !double.IsNaN(key.AsDouble);
            texts &= key.Ref is StarlarkString;
        }

        if (integers)
        {
            return ReferenceEquals(items, keys) ? SortNumbers(items, sign) : SortIntegers(items, keys, sign);
        }

        return floats ? SortIntegers(items, Array.ConvertAll(keys, OrderOfFloat), sign)
            : texts ? SortTexts(items, keys, sign)
            : HaveIntegersAt(0, keys) ? SortTuples(items, keys, HaveIntegersAt(1, keys) || HaveTextsAt(1, keys), sign)
            : HaveTextsAt(0, keys) ? SortTuples(items, keys, false, sign)
            : MergeSort(items, keys, sign);
    }

    /// <summary>An integer that is ordered among its like as the float is: the bits, turned around below zero.</summary>
    private static Value OrderOfFloat(Value key)
    {
        var bits = BitConverter.DoubleToInt64Bits(key.AsDouble == 0.0 ? 0.0 : key.AsDouble);
        return Value.Of(bits < 0 ? bits ^ long.MaxValue : bits);
    }

    /// <summary>True when the elements at a place of all tuples are integers.</summary>
    private static bool HaveIntegersAt(int place, Value[] tuples)
    {
        foreach (var tuple in tuples)
        {
            if (tuple.Ref is not StarlarkTuple t || t.Count <= place || !t[place].IsInt)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>True when the elements at a place of all tuples are texts.</summary>
    private static bool HaveTextsAt(int place, Value[] tuples)
    {
        foreach (var tuple in tuples)
        {
            if (tuple.Ref is not StarlarkTuple t || t.Count <= place || t[place].Ref is not StarlarkString)
            {
                return false;
            }
        }

        return true;
    }

    private static Value[] SortIntegers(Value[] items, Value[] keys, int sign)
    {
        var order = new IntegerKey[items.Length];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = new IntegerKey(sign > 0 ? keys[i].Bits : ~keys[i].Bits, i);
        }

        return Arrange(items, keys, Order(order, keys));
    }

    /// <summary>The items in order, in place of the keys when these are no items.</summary>
    private static Value[] Arrange<T>(Value[] items, Value[] keys, T[] order)
        where T : struct, IKey<T>
    {
        var result = ReferenceEquals(items, keys) ? new Value[items.Length] : keys;
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = items[order[i].Index];
        }

        return result;
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

    /// <param name="items">Items.</param>
    /// <param name="keys">Tuples whose first elements are of one kind.</param>
    /// <param name="hasSeconds">True when first elements are integers and second elements are of one kind too.</param>
    /// <param name="sign">1 for ascending, -1 for descending.</param>
    private static Value[] SortTuples(Value[] items, Value[] keys, bool hasSeconds, int sign)
    {
        var order = new TupleKey[items.Length];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = new TupleKey((StarlarkTuple)keys[i].Ref!, hasSeconds, sign > 0 ? i : ~i);
        }

        return Arrange(items, keys, Order(order, keys));
    }

    /// <summary>The first eight bytes as a number that is ordered as they are.</summary>
    private static ulong Prefix(StarlarkString text)
    {
        var bytes = text.Bytes;
        if (bytes.Length >= sizeof(ulong))
        {
            return BinaryPrimitives.ReadUInt64BigEndian(bytes);
        }

        var prefix = 0UL;
        foreach (var b in bytes)
        {
            prefix = (prefix << 8) | b;
        }

        return prefix << (8 * (sizeof(ulong) - bytes.Length) % 64);
    }

    private static Value[] SortTexts(Value[] items, Value[] keys, int sign)
    {
        var order = new TextKey[items.Length];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = new TextKey((StarlarkString)keys[i].Ref!, sign > 0 ? i : ~i);
        }

        return Arrange(items, keys, Order(order, keys));
    }

    /// <summary>
    /// Short runs by insertion, then merges; now and then cancellation is noticed. The runtime's own sort would be compiled anew for each kind
    /// of key.
    /// </summary>
    /// <param name="all">Keys with the places of their items; they hold no references, so that the collector need not hear of their moves.</param>
    /// <param name="keys">The keys as they are, for those that are not told apart by what is at hand.</param>
    private static T[] Order<T>(T[] all, Value[] keys)
        where T : struct, IKey<T>
    {
        for (var start = 0; start < all.Length; start += Run)
        {
            if (start % Piece == 0)
            {
                RunningThread.LongStep();
            }

            Insert(all.AsSpan(start, Math.Min(Run, all.Length - start)), keys);
        }

        var (from, to) = (all, all.Length > Run ? new T[all.Length] : []);
        for (var width = (long)Run; width < all.Length; width *= 2)
        {
            for (var start = 0L; start < all.Length; start += 2 * width)
            {
                var middle = (int)Math.Min(start + width, all.Length);
                Merge(from, to, (int)start, middle, (int)Math.Min(middle + width, all.Length), keys);
            }

            (from, to) = (to, from);
        }

        return from;
    }

    private static void Insert<T>(Span<T> run, Value[] keys)
        where T : struct, IKey<T>
    {
        for (var i = 1; i < run.Length; i++)
        {
            var item = run[i];
            var at = i;
            while (at > 0 && item.ComesBefore(run[at - 1], keys))
            {
                run[at] = run[at - 1];
                at--;
            }

            run[at] = item;
        }
    }

    private static void Merge<T>(T[] from, T[] to, int start, int middle, int end, Value[] keys)
        where T : struct, IKey<T>
    {
        if (middle >= end || !from[middle].ComesBefore(from[middle - 1], keys))
        {
            from.AsSpan(start, end - start).CopyTo(to.AsSpan(start));
            return;
        }

        var (left, right) = (start, middle);
        for (var at = start; at < end; at++)
        {
            if (at % Piece == 0)
            {
                RunningThread.LongStep();
            }

            to[at] = right < end && (left >= middle || from[right].ComesBefore(from[left], keys)) ? from[right++] : from[left++];
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
                && (right >= end || Compare(from[right].Key, from[left].Key, sign > 0 ? "<" : ">") * sign >= 0);
            to[at] = from[takeLeft ? left++ : right++];
        }
    }

    private static int Compare(Value a, Value b, string operation) =>
        a.IsFloat && b.IsFloat && a.AsDouble != b.AsDouble && !double.IsNaN(a.AsDouble) && !double.IsNaN(b.AsDouble) ? (a.AsDouble < b.AsDouble ? -1 : 1)
        : a.IsInt && b.IsInt ? a.Bits.CompareTo(b.Bits)
        : Ordering.Compare(a, b, operation, 0);

    /// <summary>A key with the place of its item.</summary>
    private interface IKey<in T>
    {
        int Index { get; }

        bool ComesBefore(T other, Value[] keys);
    }

    private readonly struct IntegerKey(long key, int index) : IKey<IntegerKey>
    {
        private readonly long _key = key;

        public int Index => index;

        public bool ComesBefore(IntegerKey other, Value[] keys) => _key < other._key;
    }

    /// <summary>Most texts are told apart by their first eight bytes, which are at hand as a number.</summary>
    /// <param name="text">The key.</param>
    /// <param name="index">Its place; the complement of it, which is below 0, turns the order around.</param>
    private readonly struct TextKey(StarlarkString text, int index) : IKey<TextKey>
    {
        private readonly ulong _prefix = index < 0 ? ~Prefix(text) : Prefix(text);
        private readonly int _index = index;

        public int Index => _index < 0 ? ~_index : _index;

        public bool ComesBefore(TextKey other, Value[] keys) =>
            _prefix != other._prefix ? _prefix < other._prefix : IsBefore(keys[Index], keys[other.Index], _index < 0);

        private static bool IsBefore(Value a, Value b, bool isReversed)
        {
            var order = ((StarlarkString)a.Ref!).Bytes.SequenceCompareTo(((StarlarkString)b.Ref!).Bytes);
            return isReversed ? order > 0 : order < 0;
        }
    }

    /// <summary>
    /// Most tuples are told apart by their first elements, which are all integers or all texts, or by the second ones after equal integers: what
    /// orders these is at hand as numbers.
    /// </summary>
    private readonly struct TupleKey : IKey<TupleKey>
    {
        private readonly ulong _first;
        private readonly ulong _second;
        private readonly int _index;

        /// <summary>The key of a tuple; an index below 0 is the complement of its place, and turns the order around.</summary>
        public TupleKey(StarlarkTuple tuple, bool hasSecond, int index)
        {
            _index = index;
            var turn = index < 0 ? ulong.MaxValue : 0;
            _first = Number(tuple[0]) ^ turn;
            _second = hasSecond ? Number(tuple[1]) ^ turn : 0;
        }

        public int Index => _index < 0 ? ~_index : _index;

        public bool ComesBefore(TupleKey other, Value[] keys)
        {
            RunningThread.Step();
            if (_first != other._first)
            {
                return _first < other._first;
            }

            if (_second != other._second)
            {
                return _second < other._second;
            }

            return _index < 0
                ? Ordering.Compare(keys[Index], keys[other.Index], ">", 0) > 0
                : Ordering.Compare(keys[Index], keys[other.Index], "<", 0) < 0;
        }

        private static ulong Number(Value element) => element.Ref is StarlarkString text ? Prefix(text) : (ulong)element.Bits ^ (1UL << 63);
    }
}
