using Starlark.Execution;

namespace Starlark;

/// <summary>Cuts texts into parts.</summary>
internal static class StringSplitting
{
    /// <summary>The parts between separators, at most so many cuts.</summary>
    /// <exception cref="EvalException">The separator is empty.</exception>
    public static StarlarkList At(StarlarkString self, StarlarkString separator, int most, bool fromRight)
    {
        if (separator.Length == 0)
        {
            throw new EvalException("empty separator");
        }

        var parts = RoomForParts(self, separator, most);
        var cut = new TextParts(self);
        var thread = RunningThread.Current;
        var (start, end) = (0, self.Length);
        while (parts.Count < most)
        {
            thread?.Step();
            var rest = self.Bytes[start..end];
            var at = SubstringSearch.Find(rest, separator.Bytes, fromRight);
            if (at < 0)
            {
                break;
            }

            at += start;
            if (fromRight)
            {
                parts.Add(cut.Part(at + separator.Length, end - at - separator.Length));
                end = at;
            }
            else
            {
                parts.Add(cut.Part(start, at - start));
                start = at + separator.Length;
            }
        }

        parts.Add(Value.Of(self.Part(start, end - start)));
        if (fromRight)
        {
            parts.Reverse();
        }

        return parts;
    }

    /// <summary>The parts between runs of white space, at most so many cuts.</summary>
    public static StarlarkList AtSpace(StarlarkString self, int most)
    {
        var parts = new StarlarkList();
        var cut = new TextParts(self);
        var thread = RunningThread.Current;
        var text = self.Bytes;
        var at = 0;
        while (true)
        {
            while (WhiteSpace.LengthAtStart(text[at..]) is > 0 and var size)
            {
                at += size;
            }

            if (at == text.Length)
            {
                return parts;
            }

            if (parts.Count == most)
            {
                parts.Add(Value.Of(self.Part(at, text.Length - at)));
                return parts;
            }

            thread?.Step();
            var start = at;
            at += WhiteSpace.IndexIn(text[at..]);
            parts.Add(cut.Part(start, at - start));
        }
    }

    /// <summary>The same, with the cuts made from the end.</summary>
    public static StarlarkList AtSpaceFromRight(StarlarkString self, int most)
    {
        var parts = new StarlarkList();
        var thread = RunningThread.Current;
        var text = self.Bytes;
        var end = text.Length;
        while (true)
        {
            while (WhiteSpace.LengthAtEnd(text[..end]) is > 0 and var size)
            {
                end -= size;
            }

            if (end == 0)
            {
                break;
            }

            if (parts.Count == most)
            {
                parts.Add(Value.Of(self.Part(0, end)));
                break;
            }

            thread?.Step();
            var start = end;
            while (start > 0 && WhiteSpace.LengthAtEnd(text[..start]) == 0)
            {
                start--;
            }

            parts.Add(Value.Of(self.Part(start, end - start)));
            end = start;
        }

        parts.Reverse();
        return parts;
    }

    /// <summary>The lines, with their ends when asked for: LF, CR, or CR and LF.</summary>
    public static StarlarkList Lines(StarlarkString self, bool keep)
    {
        var lines = new StarlarkList();
        var thread = RunningThread.Current;
        var start = 0;
        while (start < self.Length)
        {
            thread?.Step();
            var rest = self.Bytes[start..];
            var at = rest.IndexOfAny((byte)'\n', (byte)'\r');
            if (at < 0)
            {
                lines.Add(Value.Of(self.Part(start, self.Length - start)));
                break;
            }

            var mark = rest[at] == '\r' && at + 1 < rest.Length && rest[at + 1] == '\n' ? 2 : 1;
            lines.Add(Value.Of(self.Part(start, keep ? at + mark : at)));
            start += at + mark;
        }

        return lines;
    }

    /// <summary>An empty list with room for all parts when these are soon counted, so that it need not grow.</summary>
    private static StarlarkList RoomForParts(StarlarkString self, StarlarkString separator, int most)
    {
        if (most < int.MaxValue || separator.Length > 1)
        {
            return new StarlarkList();
        }

        var count = self.Bytes.Count(separator.Bytes[0]) + 1;
        Room.ForItems(count);
        return new StarlarkList(new Value[count], 0);
    }
}
