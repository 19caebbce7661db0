namespace Faultbox.Reporting.Traces;

/// <summary>How a line came into a comparison.</summary>
public enum LineOrigin
{
    /// <summary>In both.</summary>
    Both,

    /// <summary>Only in the first.</summary>
    First,

    /// <summary>Only in the second.</summary>
    Second,
}

/// <summary>A line of a comparison.</summary>
/// <param name="Origin">Where it is.</param>
/// <param name="Text">The line.</param>
public readonly record struct ComparedLine(LineOrigin Origin, string Text);

/// <summary>Compares two lists of lines along a longest common subsequence (E. Myers, "An O(ND) Difference Algorithm", 1986).</summary>
internal static class LineDifference
{
    /// <summary>Beyond this many differences the rest counts as replaced: minimal output would cost more memory than it is worth.</summary>
    private const int MostDifferences = 2_000;

    /// <summary>All lines of both lists in one order, each with its origin.</summary>
    public static List<ComparedLine> Of(ReadOnlySpan<string> a, ReadOnlySpan<string> b)
    {
        var prefix = a.CommonPrefixLength(b);
        var suffix = 0;
        while (suffix < Math.Min(a.Length, b.Length) - prefix && a[^(suffix + 1)] == b[^(suffix + 1)])
        {
            suffix++;
        }

        var result = new List<ComparedLine>(a.Length);
        Append(result, LineOrigin.Both, a[..prefix]);
        Middle(result, a[prefix..^suffix], b[prefix..^suffix]);
        Append(result, LineOrigin.Both, a[^suffix..]);
        return result;
    }

    private static void Middle(List<ComparedLine> result, ReadOnlySpan<string> a, ReadOnlySpan<string> b)
    {
        if (FurthestReaches(a, b) is not { } reaches)
        {
            Append(result, LineOrigin.First, a);
            Append(result, LineOrigin.Second, b);
            return;
        }

        var backwards = new Stack<ComparedLine>();
        var (x, y) = (a.Length, b.Length);
        for (var d = reaches.Count - 1; d >= 0; d--)
        {
            var reach = reaches[d];
            var k = x - y;
            var down = d > 0 && (k == -d || (k != d && reach[d - 1 + k] < reach[d + 1 + k]));
            var previousX = d == 0 ? 0 : down ? reach[d + 1 + k] : reach[d - 1 + k];
            var previousY = d == 0 ? 0 : previousX - (down ? k + 1 : k - 1);
            while (x > previousX && y > previousY)
            {
                backwards.Push(new ComparedLine(LineOrigin.Both, a[--x]));
                y--;
            }

            if (d > 0)
            {
                backwards.Push(down ? new ComparedLine(LineOrigin.Second, b[--y]) : new ComparedLine(LineOrigin.First, a[--x]));
            }
        }

        result.AddRange(backwards);
    }

    /// <summary>
    /// For each number of differences d, the furthest position in <paramref name="a"/> on every diagonal as it was before step d;
    /// diagonal k is at index k + d. Null when there are too many differences.
    /// </summary>
    private static List<int[]>? FurthestReaches(ReadOnlySpan<string> a, ReadOnlySpan<string> b)
    {
        var reaches = new List<int[]>();
        var current = new Dictionary<int, int> { [1] = 0 };
        for (var d = 0; d <= Math.Min(a.Length + b.Length, MostDifferences); d++)
        {
            var before = new int[(2 * d) + 1];
            for (var k = -d; k <= d; k++)
            {
                before[k + d] = current.GetValueOrDefault(k, -1);
            }

            reaches.Add(before);
            for (var k = -d; k <= d; k += 2)
            {
                var down = k == -d || (k != d && current.GetValueOrDefault(k - 1, -1) < current.GetValueOrDefault(k + 1, -1));
                var x = down ? current.GetValueOrDefault(k + 1, 0) : current[k - 1] + 1;
                while (x < a.Length && x - k < b.Length && a[x] == b[x - k])
                {
                    x++;
                }

                current[k] = x;
                if (x >= a.Length && x - k >= b.Length)
                {
                    return reaches;
                }
            }
        }

        return null;
    }

    private static void Append(List<ComparedLine> result, LineOrigin origin, ReadOnlySpan<string> lines)
    {
        foreach (var line in lines)
        {
            result.Add(new ComparedLine(origin, line));
        }
    }
}
