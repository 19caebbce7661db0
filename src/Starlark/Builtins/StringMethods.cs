using System.Buffers;
using System.Text;
using Starlark.Execution;

namespace Starlark;

/// <summary>The methods of strings.</summary>
internal static class StringMethods
{
    public static MethodTable Table { get; } = new(
    [
        Method.Of("capitalize", "", (_, s, _) => Value.Of(StringCase.Capitalize(Text(s))),
            (s, _, _) => AsciiCapitalize(s)),
        Method.Of("codepoint_ords", "", (_, s, _) => List(Text(s).EnumerateRunes().Select(r => Value.Of(r.Value)))),
        Method.Of("codepoints", "", (_, s, _) => List(Text(s).EnumerateRunes().Select(r => Value.Of(r.ToString())))),
        Method.Of("count", "sub start? end?", Count),
        Method.Of("elem_ords", "", (_, s, _) => Elements(s, static (text, i) => Value.Of((long)text.Bytes[i]))),
        Method.Of("elems", "", (_, s, _) => Elements(s, static (text, i) => text.ElementAt(i))),
        Method.Of("endswith", "suffix start? end?", (_, s, a) => Affix(s, a, (text, part) => text.EndsWith(part)),
            (s, x, start) => start.IsUnset && x.Ref is StarlarkString part ? Value.Of(Self(s).Bytes.EndsWith(part.Bytes)) : default),
        Method.Of("find", "sub start? end?", (_, s, a) => Value.Of((long)Find(s, a, last: false))),
        Method.Of("format", "*args **kwargs", (_, s, a) => Value.Of(StringFormatting.Format(Self(s), a.Variadic, a.Remaining))),
        Method.Of("index", "sub start? end?", (_, s, a) => Index(s, a, last: false)),
        Method.Of("isalnum", "", (_, s, _) => All(s, Rune.IsLetterOrDigit)),
        Method.Of("isalpha", "", (_, s, _) => All(s, Rune.IsLetter)),
        Method.Of("isdigit", "", (_, s, _) => All(s, Rune.IsDigit)),
        Method.Of("islower", "", (_, s, _) => Cased(s, Rune.IsLower, Rune.IsUpper)),
        Method.Of("isspace", "", (_, s, _) => All(s, Rune.IsWhiteSpace)),
        Method.Of("istitle", "", (_, s, _) => Value.Of(StringCase.IsTitle(Text(s)))),
        Method.Of("isupper", "", (_, s, _) => Cased(s, Rune.IsUpper, Rune.IsLower)),
        Method.Of("join", "iterable", Join),
        Method.Of("lower", "", (_, s, _) => Value.Of(Text(s).ToLowerInvariant()),
            (s, _, _) => AsciiLower(s)),
        Method.Of("lstrip", "chars?", (_, s, a) => Strip(s, a, left: true, right: false)),
        Method.Of("partition", "sep", (_, s, a) => Partition(s, a, last: false)),
        Method.Of("removeprefix", "prefix", (_, s, a) =>
            Self(s).Bytes.StartsWith(a.String(0).Bytes) ? Value.Of(Self(s).Part(a.String(0).Length, Self(s).Length - a.String(0).Length)) : s),
        Method.Of("removesuffix", "suffix", (_, s, a) =>
            Self(s).Bytes.EndsWith(a.String(0).Bytes) ? Value.Of(Self(s).Part(0, Self(s).Length - a.String(0).Length)) : s),
        Method.Of("replace", "old new count?", Replace),
        Method.Of("rfind", "sub start? end?", (_, s, a) => Value.Of((long)Find(s, a, last: true))),
        Method.Of("rindex", "sub start? end?", (_, s, a) => Index(s, a, last: true)),
        Method.Of("rpartition", "sep", (_, s, a) => Partition(s, a, last: true)),
        Method.Of("rsplit", "sep= maxsplit=", (_, s, a) => Split(s, a, fromRight: true)),
        Method.Of("rstrip", "chars?", (_, s, a) => Strip(s, a, left: false, right: true)),
        Method.Of("split", "sep= maxsplit=", (_, s, a) => Split(s, a, fromRight: false)),
        Method.Of("splitlines", "keepends?", (_, s, a) => Value.Of(StringSplitting.Lines(Self(s), Keeps(a)))),
        Method.Of("startswith", "prefix start? end?", (_, s, a) => Affix(s, a, (text, part) => text.StartsWith(part)),
            (s, x, start) => start.IsUnset && x.Ref is StarlarkString part ? Value.Of(Self(s).Bytes.StartsWith(part.Bytes)) : default),
        Method.Of("strip", "chars?", (_, s, a) => Strip(s, a, left: true, right: true),
            (s, chars, _) => chars.IsUnset ? Value.Of(StripSpace(Self(s), left: true, right: true)) : default),
        Method.Of("title", "", (_, s, _) => Value.Of(StringCase.Title(Text(s))),
            (s, _, _) => AsciiTitle(s)),
        Method.Of("upper", "", (_, s, _) => Value.Of(Text(s).ToUpperInvariant()),
            (s, _, _) => AsciiUpper(s)),
    ]);

    /// <summary>Most bytes that are changed on the stack: a short string keeps them in itself.</summary>
    private const int Short = 16;

    private delegate OperationStatus AsciiCase(ReadOnlySpan<byte> text, Span<byte> destination, out int written);

    // Methods of their own: a delegate that is named where the table is made would be made at each call.
    private static Value AsciiCapitalize(Value s) => Ascii(s, StringCase.AsciiCapitalize);

    private static Value AsciiLower(Value s) => Ascii(s, System.Text.Ascii.ToLower);

    private static Value AsciiUpper(Value s) => Ascii(s, System.Text.Ascii.ToUpper);

    private static Value AsciiTitle(Value s) => Ascii(s, StringCase.AsciiTitle);

    /// <summary>A text in another case; no value when not all of its characters are ASCII.</summary>
    private static Value Ascii(Value s, AsciiCase change)
    {
        var text = Self(s);
        if (!text.IsAscii)
        {
            return default;
        }

        if (text.Length > Short)
        {
            var bytes = new byte[text.Length];
            change(text.Bytes, bytes, out _);
            return Value.Of(StarlarkString.Adopt(bytes));
        }

        Span<byte> few = stackalloc byte[Short];
        change(text.Bytes, few, out _);
        return Value.Of(StarlarkString.FromUtf8(few[..text.Length]));
    }

    private delegate bool AffixTest(ReadOnlySpan<byte> text, ReadOnlySpan<byte> part);

    private static StarlarkString Self(Value s) => (StarlarkString)s.Ref!;

    private static string Text(Value s) => Self(s).Text;

    private static Value List(IEnumerable<Value> items)
    {
        var list = new StarlarkList();
        foreach (var item in items)
        {
            RunningThread.Step();
            list.Add(item);
        }

        return Value.Of(list);
    }

    private static Value Elements(Value self, Func<StarlarkString, int, Value> element)
    {
        var text = Self(self);
        Room.ForItems(text.Length);
        var items = new Value[text.Length];
        for (var i = 0; i < items.Length; i++)
        {
            RunningThread.Step();
            items[i] = element(text, i);
        }

        return Value.Of(new StarlarkList(items, items.Length));
    }

    private static (int Start, int End) Window(Value s, BoundArguments a)
    {
        var length = Self(s).Length;
        var start = Indexing.Clamp(a[1], length, 0);
        return (start, Math.Max(start, Indexing.Clamp(a[2], length, length)));
    }

    private static Value Count(StarlarkThread thread, Value s, BoundArguments a)
    {
        var (start, end) = Window(s, a);
        var part = a.String(0).Bytes;
        var text = Self(s).Bytes[start..end];
        if (part.IsEmpty)
        {
            return Value.Of(Utf8Text.Decode(text).EnumerateRunes().Count() + 1L);
        }

        return Value.Of(SubstringSearch.Count(text, part));
    }

    private static int Find(Value s, BoundArguments a, bool last)
    {
        var (start, end) = Window(s, a);
        var text = Self(s).Bytes[start..end];
        var at = SubstringSearch.Find(text, a.String(0).Bytes, last);
        return at < 0 ? -1 : start + at;
    }

    private static Value Index(Value s, BoundArguments a, bool last) =>
        Find(s, a, last) is >= 0 and var at ? Value.Of((long)at) : throw new EvalException("substring not found");

    private static Value Affix(Value s, BoundArguments a, AffixTest test)
    {
        var (start, end) = Window(s, a);
        var text = Self(s).Bytes[start..end];
        if (a[0].Ref is not StarlarkTuple choices)
        {
            return a[0].Ref is StarlarkString part ? Value.Of(test(text, part.Bytes)) : throw a.WrongType(0, "string or tuple of string");
        }

        for (var i = 0; i < choices.Count; i++)
        {
            if (choices[i].Ref is not StarlarkString part)
            {
                throw new EvalException($"got {choices[i].TypeName}, for element {i} of the tuple, want string");
            }

            if (test(text, part.Bytes))
            {
                return Value.True;
            }
        }

        return Value.False;
    }

    private static Value All(Value s, Func<Rune, bool> test)
    {
        var text = Text(s);
        foreach (var rune in text.EnumerateRunes())
        {
            RunningThread.Step();
            if (!test(rune))
            {
                return Value.False;
            }
        }

        return Value.Of(text.Length > 0);
    }

    private static Value Cased(Value s, Func<Rune, bool> wanted, Func<Rune, bool> forbidden)
    {
        var any = false;
        foreach (var rune in Text(s).EnumerateRunes())
        {
            RunningThread.Step();
            if (forbidden(rune))
            {
                return Value.False;
            }

            any = any || wanted(rune);
        }

        return Value.Of(any);
    }

    private static Value Join(StarlarkThread thread, Value s, BoundArguments a)
    {
        if (a[0].Ref is StarlarkList list && JoinedLength(Self(s), list.Items) is > 0 and <= StarlarkString.MaximumLength and var length)
        {
            return Value.Of(Joined(Self(s), list.Items, (int)length));
        }

        using var output = ByteWriter.Rent();
        var first = true;
        using var items = Operators.IterateArgument(a[0], "iterable");
        while (items.MoveNext(out var item))
        {
            if (item.Ref is not StarlarkString text)
            {
                throw new EvalException($"in list, want string, got {item.TypeName}");
            }

            if (!first)
            {
                output.Write(Self(s).Bytes);
            }

            first = false;
            output.Write(text.Bytes);
        }

        return Value.Of(StarlarkString.FromUtf8(output.Written));
    }

    /// <summary>Length of a list of strings that is joined; 0 when there is nothing to join, or something that is no string.</summary>
    private static long JoinedLength(StarlarkString separator, ReadOnlySpan<Value> items)
    {
        var length = (long)separator.Length * Math.Max(0, items.Length - 1);
        foreach (var item in items)
        {
            if (item.Ref is not StarlarkString text)
            {
                return 0;
            }

            length += text.Length;
        }

        return length;
    }

    /// <summary>Strings with a separator between them, copied once.</summary>
    private static StarlarkString Joined(StarlarkString separator, ReadOnlySpan<Value> items, int length)
    {
        Room.ForBytes(length);
        var bytes = GC.AllocateUninitializedArray<byte>(length);
        var rest = bytes.AsSpan();
        for (var i = 0; i < items.Length; i++)
        {
            if (i > 0)
            {
                separator.Bytes.CopyTo(rest);
                rest = rest[separator.Length..];
            }

            var text = ((StarlarkString)items[i].Ref!).Bytes;
            text.CopyTo(rest);
            rest = rest[text.Length..];
        }

        return StarlarkString.Adopt(bytes);
    }

    private static Value Partition(Value s, BoundArguments a, bool last)
    {
        var (self, separator) = (Self(s), a.String(0));
        if (separator.Length == 0)
        {
            throw new EvalException("empty separator");
        }

        var at = SubstringSearch.Find(self.Bytes, separator.Bytes, last);
        var empty = Value.Of(StarlarkString.Empty);
        if (at < 0)
        {
            return Value.Of(new StarlarkTuple(last ? [empty, empty, s] : [s, empty, empty]));
        }

        var rest = at + separator.Length;
        return Value.Of(new StarlarkTuple([Value.Of(self.Part(0, at)), a[0], Value.Of(self.Part(rest, self.Length - rest))]));
    }

    private static Value Replace(StarlarkThread thread, Value s, BoundArguments a)
    {
        var old = a.String(0).Bytes;
        var replacement = a.String(1).Bytes;
        var left = a.Int64(2, -1);
        left = left < 0 ? long.MaxValue : left;
        using var output = ByteWriter.Rent();
        var text = Self(s).Bytes;
        if (old.IsEmpty)
        {
            ReplaceGaps(output, text, replacement, left);
            return Value.Of(StarlarkString.FromUtf8(output.Written));
        }

        for (int at; left > 0 && (at = SubstringSearch.Find(text, old)) >= 0; left--)
        {
            RunningThread.Step();
            output.Write(text[..at]);
            output.Write(replacement);
            text = text[(at + old.Length)..];
        }

        output.Write(text);
        return Value.Of(StarlarkString.FromUtf8(output.Written));
    }

    /// <summary>The empty string is found before every character and at the end.</summary>
    private static void ReplaceGaps(ByteWriter output, ReadOnlySpan<byte> text, ReadOnlySpan<byte> replacement, long left)
    {
        while (left-- > 0)
        {
            RunningThread.Step();
            output.Write(replacement);
            if (text.IsEmpty)
            {
                return;
            }

            Rune.DecodeFromUtf8(text, out _, out var length);
            output.Write(text[..length]);
            text = text[length..];
        }

        output.Write(text);
    }

    private static StarlarkString StripSpace(StarlarkString self, bool left, bool right)
    {
        var (start, end) = (0, self.Length);
        var text = self.Bytes;
        while (left && WhiteSpace.LengthAtStart(text[start..end]) is > 0 and var size)
        {
            start += size;
        }

        while (right && WhiteSpace.LengthAtEnd(text[start..end]) is > 0 and var size)
        {
            end -= size;
        }

        return self.Part(start, end - start);
    }

    private static Value Strip(Value s, BoundArguments a, bool left, bool right)
    {
        var self = Self(s);
        if (!a.Has(0) || a[0].IsNone)
        {
            return Value.Of(StripSpace(self, left, right));
        }

        var (start, end) = (0, self.Length);
        var text = self.Bytes;
        var set = a.Text(0).EnumerateRunes().ToHashSet();
        while (left && start < end && Rune.DecodeFromUtf8(text[start..end], out var leading, out var size) == 0 && set.Contains(leading))
        {
            RunningThread.Step();
            start += size;
        }

        while (right && end > start && Rune.DecodeLastFromUtf8(text[start..end], out var final, out var size) == 0 && set.Contains(final))
        {
            RunningThread.Step();
            end -= size;
        }

        return Value.Of(self.Part(start, end - start));
    }

    private static Value Split(Value s, BoundArguments a, bool fromRight)
    {
        var limit = a.Has(1) && !a[1].IsNone ? a.Int64(1) : -1;
        var most = limit < 0 ? int.MaxValue : (int)Math.Min(limit, int.MaxValue - 1);
        var self = Self(s);
        var parts = a.Has(0) && !a[0].IsNone
            ? StringSplitting.At(self, a.String(0), most, fromRight)
            : fromRight ? StringSplitting.AtSpaceFromRight(self, most) : StringSplitting.AtSpace(self, most);
        return Value.Of(parts);
    }

    private static bool Keeps(BoundArguments a) => a.Has(0) && (a[0].TryGetBool(out var flag) ? flag : throw a.WrongType(0, "bool"));
}
