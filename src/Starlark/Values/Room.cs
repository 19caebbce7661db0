using System.Runtime.CompilerServices;
using Starlark.Execution;

namespace Starlark;

/// <summary>Asks for memory before a large value is made, so that a script meets an error where the process would meet its end.</summary>
internal static class Room
{
    /// <summary>Most elements of one list, tuple, dict or set.</summary>
    public const int MaximumItems = 1 << 25;

    private const long Small = 1 << 20;
    private const int CopyAtOnce = 1 << 22;
    private const int StridesAtOnce = 1 << 16;
    private const int BytesOfValue = 16;

    /// <summary>Checks that so many values fit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ForItems(long count)
    {
        if (count >= Small / BytesOfValue)
        {
            ForMany(count);
        }
    }

    /// <summary>Checks that so many bytes fit.</summary>
    /// <exception cref="EvalException">They would take more than half of the memory this process may use.</exception>
    public static void ForBytes(long count)
    {
        if (count < Small)
        {
            return;
        }

        RunningThread.LongStep();
        if (GC.GetTotalMemory(false) + count <= Limit)
        {
            return;
        }

        GC.Collect();
        if (GC.GetTotalMemory(true) + count > Limit)
        {
            throw new EvalException("out of memory");
        }
    }

    private static void ForMany(long count)
    {
        if (count > MaximumItems)
        {
            throw new EvalException($"too many elements: {count}");
        }

        ForBytes(count * BytesOfValue);
    }

    /// <summary>Copies in pieces, between which cancellation is noticed.</summary>
    public static void Copy<T>(ReadOnlySpan<T> from, Span<T> to)
    {
        while (from.Length > CopyAtOnce)
        {
            from[..CopyAtOnce].CopyTo(to);
            from = from[CopyAtOnce..];
            to = to[CopyAtOnce..];
            RunningThread.LongStep();
        }

        from.CopyTo(to);
    }

    /// <summary>Copies every <paramref name="step"/>-th element from <paramref name="start"/> on.</summary>
    public static void CopyStrided<T>(ReadOnlySpan<T> from, int start, int step, Span<T> to)
    {
        var next = (long)start;
        for (var done = 0; done < to.Length;)
        {
            foreach (ref var place in to.Slice(done, Math.Min(StridesAtOnce, to.Length - done)))
            {
                place = from[(int)next];
                next += step;
                done++;
            }

            if (to.Length > StridesAtOnce)
            {
                RunningThread.LongStep();
            }
        }
    }

    /// <summary>Fills with repetitions of what the first <paramref name="length"/> places hold.</summary>
    public static void Repeat<T>(Span<T> all, int length)
    {
        for (var done = length; done < all.Length;)
        {
            var more = Math.Min(done, all.Length - done);
            Copy<T>(all[..more], all[done..]);
            done += more;
        }
    }

    private static long Limit => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;
}
