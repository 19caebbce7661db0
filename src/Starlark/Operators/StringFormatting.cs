using System.Globalization;
using System.Text;

namespace Starlark;

/// <summary>The <c>%</c> operator and <c>format</c> on strings.</summary>
internal static class StringFormatting
{
    /// <summary><c>format % operand</c>.</summary>
    public static StarlarkString Percent(StarlarkString format, Value operand) =>
        Percent(format, operand.Ref is StarlarkTuple tuple ? tuple.Items : new ReadOnlySpan<Value>(in operand), operand);

    /// <summary><c>format % operand</c>.</summary>
    /// <param name="format">Format.</param>
    /// <param name="positional">Elements of the operand when it is a tuple, or the operand.</param>
    /// <param name="operand">The operand; unset when it is a tuple that was not made.</param>
    public static StarlarkString Percent(StarlarkString format, ReadOnlySpan<Value> positional, Value operand)
    {
        using var output = ByteWriter.Rent();
        var text = format.Bytes;
        var next = 0;
        var named = false;
        while (!text.IsEmpty)
        {
            var mark = text.IndexOf((byte)'%');
            if (mark < 0)
            {
                output.Write(text);
                break;
            }

            output.Write(text[..mark]);
            text = text[(mark + 1)..];
            if (text.IsEmpty)
            {
                throw new EvalException("incomplete format");
            }

            if (text[0] == (byte)'%')
            {
                output.Write("%"u8);
                text = text[1..];
                continue;
            }

            Value argument;
            if (text[0] == (byte)'(')
            {
                argument = Named(ref text, operand);
                named = true;
            }
            else
            {
                argument = next < positional.Length ? positional[next++] : throw new EvalException("not enough arguments for format string");
            }

            if (text.IsEmpty)
            {
                throw new EvalException("incomplete format");
            }

            if (text[0] >= 0x80)
            {
                Rune.DecodeFromUtf8(text, out var conversion, out _);
                throw new EvalException($"unknown conversion %{conversion}");
            }

            Convert(output, (char)text[0], argument);
            text = text[1..];
        }

        if (!named && next < positional.Length && operand.Ref is not StarlarkDict)
        {
            throw new EvalException("too many arguments for format string");
        }

        return StarlarkString.FromUtf8(output.Written);
    }

    /// <summary><c>text.format(*args, **kwargs)</c>.</summary>
    public static StarlarkString Format(StarlarkString format, ReadOnlySpan<Value> positional, NamedValues named)
    {
        using var output = ByteWriter.Rent();
        var text = format.Bytes;
        var (automatic, manual) = (0, false);
        while (!text.IsEmpty)
        {
            var brace = text.IndexOfAny((byte)'{', (byte)'}');
            if (brace < 0)
            {
                output.Write(text);
                break;
            }

            output.Write(text[..brace]);
            var doubled = brace + 1 < text.Length && text[brace + 1] == text[brace];
            if (doubled)
            {
                output.Write(text.Slice(brace, 1));
                text = text[(brace + 2)..];
                continue;
            }

            if (text[brace] == (byte)'}')
            {
                throw new EvalException("single '}' in format");
            }

            var end = text[brace..].IndexOf((byte)'}');
            if (end < 0)
            {
                throw new EvalException("unmatched '{' in format");
            }

            if (end == 1 && !manual)
            {
                output.Write(At(positional, automatic++));
                text = text[(brace + 2)..];
                continue;
            }

            var name = text.Slice(brace + 1, end - 1);
            if (IsPlainName(name) && named.TryGetAscii(name, out var given))
            {
                output.Write(given);
                text = text[(brace + end + 1)..];
                continue;
            }

            var field = Encoding.UTF8.GetString(name);
            text = text[(brace + end + 1)..];
            WriteField(output, field, positional, named, ref automatic, ref manual);
        }

        return StarlarkString.FromUtf8(output.Written);
    }

    /// <summary>True for a field that is no number and has neither a conversion nor anything that is an error.</summary>
    private static bool IsPlainName(ReadOnlySpan<byte> field) =>
        field.Length > 0 && (char.IsAsciiLetter((char)field[0]) || field[0] == (byte)'_') && !field.ContainsAny("!:{"u8);

    private static void WriteField(
        ByteWriter output,
        string field,
        ReadOnlySpan<Value> positional,
        NamedValues named,
        ref int automatic,
        ref bool manual)
    {
        var name = field;
        var conversion = "s";
        if (field.Contains('{', StringComparison.Ordinal))
        {
            throw new EvalException($"nested replacement fields not supported in \"{{{field}}}\"");
        }

        var bang = field.IndexOf('!', StringComparison.Ordinal);
        if (bang >= 0)
        {
            (name, conversion) = (field[..bang], field[(bang + 1)..]);
        }

        var specified = bang >= 0 ? conversion : name;
        var colon = specified.IndexOf(':', StringComparison.Ordinal);
        if (colon > 0 || (colon == 0 && bang < 0))
        {
            throw new EvalException($"format spec features not supported in replacement fields: {specified[(colon + 1)..]}");
        }

        Value value;
        if (name.Length == 0)
        {
            if (manual)
            {
                throw new EvalException("cannot switch from manual field specification to automatic field numbering");
            }

            value = At(positional, automatic++);
        }
        else if (!name.AsSpan().ContainsAnyExceptInRange('0', '9'))
        {
            if (automatic > 0)
            {
                throw new EvalException("cannot switch from automatic field numbering to manual field specification");
            }

            manual = true;
            value = At(positional, int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : int.MaxValue);
        }
        else
        {
            value = Lookup(name, named);
        }

        switch (conversion)
        {
            case "s":
                output.Write(value);
                break;
            case "r":
                output.WriteRepr(value);
                break;
            default:
                throw new EvalException($"unknown conversion \"!{conversion}\"");
        }
    }

    private static Value At(ReadOnlySpan<Value> positional, int index) =>
        index < positional.Length ? positional[index] : throw new EvalException("tuple index out of range");

    private static Value Lookup(string name, NamedValues named) => named.TryGet(name, out var value) ? value : throw new EvalException(
        name.Contains('.', StringComparison.Ordinal) ? $"attribute syntax x.y is not supported in replacement fields: {name}"
        : name.Contains('[', StringComparison.Ordinal) ? $"element access syntax a[i] is not supported in replacement fields: {name}"
        : $"keyword {name} not found");

    private static Value Named(ref ReadOnlySpan<byte> text, Value operand)
    {
        var end = text.IndexOf((byte)')');
        if (end < 0)
        {
            throw new EvalException("incomplete format key");
        }

        var key = Value.Of(StarlarkString.FromUtf8(text[1..end]));
        if (operand.Ref is not IMapping mapping)
        {
            throw new EvalException("format requires a mapping");
        }

        text = text[(end + 1)..];
        return mapping.TryGet(key, out var found) ? found : throw new EvalException($"key not found: {key}");
    }

    private static void Convert(ByteWriter output, char conversion, Value value)
    {
        switch (conversion)
        {
            case 's':
                output.Write(value);
                return;
            case 'r':
                output.WriteRepr(value);
                return;
            case 'd' or 'i':
                if (value.IsInt)
                {
                    output.Write(value.Bits);
                    return;
                }

                output.Write(Numbers.IntegerText(Whole(value, conversion)));
                return;
            case 'o':
                output.Write(Radix.Text(Numbers.Integer(Whole(value, conversion)), 8));
                return;
            case 'x':
                output.Write(Radix.Text(Numbers.Integer(Whole(value, conversion)), 16));
                return;
            case 'X':
                output.Write(Radix.Text(Numbers.Integer(Whole(value, conversion)), 16).ToUpperInvariant());
                return;
            case 'e' or 'E':
                output.Write(FloatText.Exponent(Float(value, conversion), conversion));
                return;
            case 'f' or 'F':
                output.Write(FloatText.Fixed(Float(value, conversion)));
                return;
            case 'g' or 'G':
                var text = FloatText.Shortest(Float(value, conversion));
                output.Write(conversion == 'G' ? text.ToUpperInvariant() : text);
                return;
            case 'c':
                output.Write(Character(value));
                return;
            default:
                throw new EvalException($"unknown conversion %{conversion}");
        }
    }

    private static Value Whole(Value value, char conversion) =>
        Operators.IsInteger(value) ? value
        : value.IsFloat ? Numbers.Truncate(value.AsDouble)
        : throw new EvalException($"%{conversion} format requires integer: cannot convert {value.TypeName} to int");

    private static double Float(Value value, char conversion) =>
        Numbers.IsNumber(value) ? Numbers.Double(value) : throw new EvalException($"%{conversion} format requires float, not {value.TypeName}");

    private static string Character(Value value)
    {
        if (value.Ref is StarlarkString text)
        {
            return text.Text.EnumerateRunes().Count() == 1 ? text.Text : throw new EvalException("%c format requires a single-character string");
        }

        if (!Operators.IsInteger(value))
        {
            throw new EvalException($"%c format requires int or single-character string, not {value.TypeName}");
        }

        return value.TryGetInt64(out var code) && code is >= 0 and <= 0x10FFFF
            ? (Rune.TryCreate((int)code, out var rune) ? rune : Rune.ReplacementChar).ToString()
            : throw new EvalException($"%c format requires a valid Unicode code point, got {value}");
    }
}
