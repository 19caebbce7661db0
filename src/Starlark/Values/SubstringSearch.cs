using Starlark.Execution;

namespace Starlark;

/// <summary>
/// Finds bytes in bytes in linear time, whatever they are. The fast search of the platform finds the beginning of a long part; where too many
/// beginnings turn out to be wrong, each byte of the text is looked at once instead.
/// </summary>
internal static class SubstringSearch
{
    private const int ShortPart = 32;
    private const int LongText = 1 << 17;
    private const int BytesAtOnce = 1 << 20;

    /// <summary>Place of the first or last occurrence, or -1.</summary>
    public static int Find(ReadOnlySpan<byte> text, ReadOnlySpan<byte> part, bool last = false)
    {
        var at = part.Length <= ShortPart ? last ? text.LastIndexOf(part) : text.IndexOf(part)
            : last ? FindLast(text, part)
            : FindFirst(text, part);
        if ((at < 0 || last ? text.Length - Math.Max(at, 0) : at) > LongText)
        {
            RunningThread.LongStep();
        }

        return at;
    }

    /// <summary>Number of occurrences that do not overlap.</summary>
    public static long Count(ReadOnlySpan<byte> text, ReadOnlySpan<byte> part)
    {
        if (part.Length <= ShortPart)
        {
            return text.Count(part);
        }

        var count = 0L;
        for (int at; (at = FindFirst(text, part)) >= 0; count++)
        {
            RunningThread.Step();
            text = text[(at + part.Length)..];
        }

        return count;
    }

    private static int FindFirst(ReadOnlySpan<byte> text, ReadOnlySpan<byte> part)
    {
        var patience = Patience(text, part);
        for (var from = 0; text.Length - from >= part.Length;)
        {
            var at = text[from..].IndexOf(part[..ShortPart]);
            if (at < 0 || text.Length - (from + at) < part.Length)
            {
                return -1;
            }

            from += at;
            var same = text[from..].CommonPrefixLength(part);
            if (same == part.Length)
            {
                return from;
            }

            from++;
            patience -= same;
            if (patience < 0)
            {
                return Scan(text[from..], part, last: false) is >= 0 and var rest ? from + rest : -1;
            }
        }

        return -1;
    }

    private static int FindLast(ReadOnlySpan<byte> text, ReadOnlySpan<byte> part)
    {
        var patience = Patience(text, part);
        for (var starts = text.Length - part.Length + 1; starts > 0;)
        {
            var at = text[..(starts - 1 + ShortPart)].LastIndexOf(part[..ShortPart]);
            if (at < 0)
            {
                return -1;
            }

            var same = text[at..].CommonPrefixLength(part);
            if (same == part.Length)
            {
                return at;
            }

            starts = at;
            patience -= same;
            if (patience < 0)
            {
                return Scan(text[..(starts + part.Length - 1)], part, last: true);
            }
        }

        return -1;
    }

    /// <summary>Bytes that may be compared in vain.</summary>
    private static long Patience(ReadOnlySpan<byte> text, ReadOnlySpan<byte> part) => 4L * (text.Length + part.Length);

    /// <summary>Looks at each byte once, and knows by a table how much of the part still fits where it does not (Knuth, Morris and Pratt).</summary>
    private static int Scan(ReadOnlySpan<byte> text, ReadOnlySpan<byte> part, bool last)
    {
        Room.ForBytes(part.Length * (long)sizeof(int));
        var shorter = new int[part.Length];
        for (int i = 1, fits = 0; i < part.Length; i++)
        {
            fits = Advance(part, shorter, fits, part[i]);
            shorter[i] = fits;
            Poll(i);
        }

        var found = -1;
        for (int i = 0, fits = 0; i < text.Length; i++)
        {
            fits = Advance(part, shorter, fits, text[i]);
            if (fits == part.Length)
            {
                found = i + 1 - part.Length;
                if (!last)
                {
                    return found;
                }

                fits = shorter[fits - 1];
            }

            Poll(i);
        }

        return found;
    }

    private static int Advance(ReadOnlySpan<byte> part, int[] shorter, int fits, byte next)
    {
        while (fits > 0 && part[fits] != next)
        {
            fits = shorter[fits - 1];
        }

        return part[fits] == next ? fits + 1 : 0;
    }

    private static void Poll(int done)
    {
        if (done % BytesAtOnce == 0)
        {
            RunningThread.LongStep();
        }
    }
}
