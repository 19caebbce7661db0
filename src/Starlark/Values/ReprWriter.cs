using System.Globalization;
using System.Text;
using Starlark.Execution;

namespace Starlark;

/// <summary>Collects the text of values; a value met inside itself prints as <c>...</c>.</summary>
public sealed class ReprWriter
{
    private const int MaximumLength = 1 << 27;
    private const int MaximumDepth = 1000;
    private const string TooLong = "text of value is too long";

    private readonly StringBuilder _text = new();
    private readonly List<StarlarkObject> _path = [];

    /// <summary>Appends text.</summary>
    public void Write(string text)
    {
        if (_text.Length + text.Length > MaximumLength)
        {
            throw new EvalException(TooLong);
        }

        _text.Append(text);
    }

    /// <summary>Appends the representation of a value.</summary>
    public void Write(Value value)
    {
        if (value.Object is { } o)
        {
            o.WriteRepr(this);
            return;
        }

        Write(value.IsNone ? "None"
            : value.TryGetBool(out var flag) ? flag ? "True" : "False"
            : value.IsFloat ? FloatText.Shortest(value.AsDouble)
            : value.Bits.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Begins a container; false, with the given text written, when it is being printed already.</summary>
    public bool Enter(StarlarkObject container, string repeated)
    {
        if (_path.Exists(o => ReferenceEquals(o, container)))
        {
            Write(repeated);
            return false;
        }

        RunningThread.StepDown("print");
        if (_path.Count >= MaximumDepth)
        {
            throw new EvalException("value is nested too deeply to print");
        }

        _path.Add(container);
        return true;
    }

    /// <summary>Ends the container begun last.</summary>
    public void Leave() => _path.RemoveAt(_path.Count - 1);

    /// <summary>Writes a container of elements.</summary>
    public void WriteSequence(StarlarkObject container, string open, string close, ReadOnlySpan<Value> items)
    {
        if (!Enter(container, $"{open}...{close}"))
        {
            return;
        }

        Write(open);
        for (var i = 0; i < items.Length; i++)
        {
            if (i > 0)
            {
                Write(", ");
            }

            Write(items[i]);
        }

        Write(close);
        Leave();
    }

    /// <summary>Writes a quoted literal.</summary>
    public void WriteQuoted(ReadOnlySpan<byte> bytes)
    {
        _text.Append('"');
        while (!bytes.IsEmpty)
        {
            if (_text.Length > MaximumLength)
            {
                throw new EvalException(TooLong);
            }

            RunningThread.Step();
            var status = Rune.DecodeFromUtf8(bytes, out var rune, out var length);
            if (status != System.Buffers.OperationStatus.Done)
            {
                // What is no UTF-8 is shown byte by byte.
                _text.Append(CultureInfo.InvariantCulture, $"\\x{bytes[0]:x2}");
                bytes = bytes[1..];
                continue;
            }

            WriteRune(rune);
            bytes = bytes[length..];
        }

        _text.Append('"');
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();

    private void WriteRune(Rune rune)
    {
        var escape = rune.Value switch
        {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            _ => null,
        };
        if (escape is not null)
        {
            _text.Append(escape);
        }
        else if (rune.Value < 0x20 || rune.Value == 0x7f)
        {
            _text.Append(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}");
        }
        else if (rune.Value >= 0x80 && !IsPrintable(rune))
        {
            _text.Append(rune.Value > 0xffff ? $"\\U{rune.Value:x8}" : $"\\u{rune.Value:x4}");
        }
        else
        {
            _text.Append(rune.ToString());
        }
    }

    private static bool IsPrintable(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);
}
