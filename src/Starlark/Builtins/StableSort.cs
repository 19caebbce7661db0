namespace Starlark;

/// <summary>Merge sort of items by keys that were computed once.</summary>
internal static class StableSort
{
    /// <summary>Returns the items in order; equal keys keep their order, in both directions.</summary>
    public static Value[] Sort(Value[] items, Value[] keys, int sign)
    {
        var order = new int[items.Length];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        if (Array.TrueForAll(keys, k => k.IsInt))
        {
            var numbers = Array.ConvertAll(keys, k => k.Bits);
            Array.Sort(order, (x, y) => Tie(numbers[x].CompareTo(numbers[y]) * sign, x, y));
        }
        else if (Array.TrueForAll(keys, k => k.Ref is StarlarkString))
        {
            var texts = Array.ConvertAll(keys, k => (StarlarkString)k.Ref!);
            Array.Sort(order, (x, y) => Tie(texts[x].Bytes.SequenceCompareTo(texts[y].Bytes) * sign, x, y));
        }
        else
        {
            MergeSort(order, new int[order.Length], keys, sign);
        }

        return Array.ConvertAll(order, i => items[i]);
    }

    private static int Tie(int comparison, int x, int y) => comparison != 0 ? comparison : x.CompareTo(y);

    /// <summary>Bottom-up, so that an error of a comparison leaves nothing half done and depth does not grow.</summary>
    private static void MergeSort(int[] order, int[] scratch, Value[] keys, int sign)
    {
        for (var width = 1; width < order.Length; width *= 2)
        {
            for (var start = 0; start < order.Length; start += 2 * width)
            {
                var middle = Math.Min(start + width, order.Length);
                var end = Math.Min(start + (2 * width), order.Length);
                var (left, right) = (start, middle);
                for (var at = start; at < end; at++)
                {
                    var takeLeft = left < middle
                        && (right >= end || Ordering.Compare(keys[order[right]], keys[order[left]], "<", 0) * sign >= 0);
                    scratch[at] = takeLeft ? order[left++] : order[right++];
                }
            }

            Array.Copy(scratch, order, order.Length);
        }
    }
}
