using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;
using Starlark.Execution;

namespace Starlark;

/// <summary>The module <c>json</c>: encode, decode, indent, encode_indent.</summary>
public static partial class JsonModule
{
    private const int MaximumDepth = 500;
    private const int LongestText = 1 << 27;

    /// <summary>The module value.</summary>
    public static StarlarkModuleValue Value { get; } = new("json", new NameTable
    {
        ["encode"] = Function("json.encode", "x", (t, a) => Starlark.Value.Of(StarlarkString.Of(Encode(a[0])))),
        ["decode"] = Function("json.decode", "x default=", (t, a) => Decode(a)),
        ["indent"] = Function("json.indent", "str prefix= indent=", (t, a) => Starlark.Value.Of(Indent(a.Text(0), Prefix(a, 1, ""), Prefix(a, 2, "\t")))),
        ["encode_indent"] = Function("json.encode_indent", "x prefix= indent=", (t, a) => Starlark.Value.Of(Indent(Encode(a[0]), Prefix(a, 1, ""), Prefix(a, 2, "\t")))),
    });

    private static Value Function(string name, string parameters, BuiltinBody body) =>
        Starlark.Value.Of(new StarlarkBuiltin(new Signature(name, Method.Parameters(parameters)), body));

    private static string Prefix(BoundArguments a, int parameter, string missing) => a.Has(parameter) ? a.Text(parameter) : missing;

    /// <summary>A value as JSON text, as <c>json.encode</c> gives it.</summary>
    /// <exception cref="EvalException">The value has no JSON form.</exception>
    public static string Encode(Value value)
    {
        var encoder = new Encoder();
        encoder.Write(value);
        return encoder.ToString();
    }

    private static void Quote(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            switch (c)
            {
                case '"':
                    text.Append("\\\"");
                    break;
                case '\\':
                    text.Append("\\\\");
                    break;
                case '\n':
                    text.Append("\\n");
                    break;
                case '\r':
                    text.Append("\\r");
                    break;
                case '\t':
                    text.Append("\\t");
                    break;
                case < ' ':
                    text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
                    break;
                default:
                    text.Append(c);
                    break;
            }
        }

        text.Append('"');
    }

    private static Value Decode(BoundArguments a)
    {
        try
        {
            var reader = new Reader(a.Text(0), "json.decode");
            return reader.ReadDocument();
        }
        catch (EvalException) when (a.Has(1))
        {
            return a[1];
        }
    }

    /// <summary>Lays out JSON text anew.</summary>
    private static string Indent(string json, string prefix, string indent)
    {
        new Reader(json, "json.indent") { KeysMayRepeat = true }.ReadDocument();
        var text = new StringBuilder();
        var depth = 0;
        for (var i = 0; i < json.Length; i++)
        {
            var c = json[i];
            switch (c)
            {
                case '"':
                    var end = EndOfString(json, i);
                    text.Append(json, i, end - i);
                    i = end - 1;
                    break;
                case '{' or '[':
                    var next = i + 1;
                    while (next < json.Length && char.IsWhiteSpace(json[next]))
                    {
                        next++;
                    }

                    if (next < json.Length && json[next] == c + 2)
                    {
                        text.Append(c).Append(json[next]);
                        i = next;
                        break;
                    }

                    text.Append(c);
                    NewLine(++depth);
                    break;
                case '}' or ']':
                    NewLine(--depth);
                    text.Append(c);
                    break;
                case ',':
                    text.Append(c);
                    NewLine(depth);
                    break;
                case ':':
                    text.Append(": ");
                    break;
                default:
                    if (!char.IsWhiteSpace(c))
                    {
                        text.Append(c);
                    }

                    break;
            }
        }

        return text.ToString();

        void NewLine(int level)
        {
            RunningThread.LongStep();
            if (text.Length + prefix.Length + ((long)level * indent.Length) > LongestText)
            {
                throw new EvalException("json.indent: the text is too long");
            }

            text.Append('\n').Append(prefix);
            for (var i = 0; i < level; i++)
            {
                text.Append(indent);
            }
        }
    }

    private static int EndOfString(string json, int start)
    {
        for (var i = start + 1; i < json.Length; i++)
        {
            if (json[i] == '\\')
            {
                i++;
            }
            else if (json[i] == '"')
            {
                return i + 1;
            }
        }

        return json.Length;
    }

    [GeneratedRegex("^-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][-+]?[0-9]+)?$")]
    private static partial Regex NumberSyntax();

    /// <summary>Writes values as JSON; an error says where in the value it is.</summary>
    private sealed class Encoder
    {
        private readonly StringBuilder _text = new();
        private readonly Stack<(Value Container, string Kind, object Place)> _path = new();

        public override string ToString() => _text.ToString();

        public void Write(Value value)
        {
            RunningThread.StepDown("encode");
            switch (value.Ref)
            {
                case StarlarkString s:
                    Quote(_text, s.Text);
                    return;
                case StarlarkDict dict:
                    WriteObject(value, "in dict key \"{0}\"", dict.Entries.Select(e => (Key(e.Key), e.Value)).OrderBy(e => e.Item1, StringComparer.Ordinal));
                    return;
                case StarlarkStruct s:
                    WriteObject(value, "in field .{0}", s.Fields.Select(f => (f.Key, f.Value)));
                    return;
                case StarlarkBytes or StarlarkCallable:
                    break;
                case IIterable:
                    WriteArray(value);
                    return;
            }

            _text.Append(value.IsNone ? "null"
                : value.TryGetBool(out var flag) ? flag ? "true" : "false"
                : Operators.IsInteger(value) ? Numbers.IntegerText(value)
                : value.IsFloat && double.IsFinite(value.AsDouble) ? FloatText.Shortest(value.AsDouble)
                : throw Error(value.IsFloat ? $"cannot encode non-finite float {value.Repr()}" : $"cannot encode {value.TypeName} as JSON"));
            if (_text.Length > LongestText)
            {
                throw Error("the text is too long");
            }
        }

        private string Key(Value key) => key.TryGetString(out var text) ? text : throw Error($"dict has {key.TypeName} key, want string");

        private void WriteObject(Value container, string kind, IEnumerable<(string Name, Value Value)> fields)
        {
            _text.Append('{');
            var first = true;
            foreach (var (name, value) in fields)
            {
                _text.Append(first ? "" : ",");
                first = false;
                Quote(_text, name);
                _text.Append(':');
                WriteWithin(container, kind, name, value);
            }

            _text.Append('}');
        }

        private void WriteArray(Value container)
        {
            _text.Append('[');
            var number = 0;
            foreach (var item in Operators.Collect(container))
            {
                _text.Append(number == 0 ? "" : ",");
                WriteWithin(container, $"at {container.TypeName} index {{0}}", number++, item);
            }

            _text.Append(']');
        }

        private void WriteWithin(Value container, string kind, object place, Value value)
        {
            _path.Push((container, kind, place));
            if (value.Object is { } o && _path.Any(p => ReferenceEquals(p.Container.Ref, o)))
            {
                throw Error("cycle in JSON structure");
            }

            if (_path.Count > MaximumDepth)
            {
                throw new EvalException("json.encode: value is nested too deeply");
            }

            Write(value);
            _path.Pop();
        }

        private EvalException Error(string message)
        {
            var places = _path.Reverse().Select(p => string.Format(CultureInfo.InvariantCulture, p.Kind, p.Place) + ": ");
            return new EvalException($"json.encode: {string.Concat(places)}{message}");
        }
    }

    /// <summary>Reads one JSON document.</summary>
    private sealed class Reader(string json, string function)
    {
        private int _at;

        /// <summary>Of keys that repeat the last one counts; otherwise they are an error.</summary>
        public bool KeysMayRepeat { get; init; }

        public Value ReadDocument()
        {
            var value = ReadValue(0);
            SkipSpace();
            return _at == json.Length ? value : throw Error($"unexpected character {Shown(json[_at])} after value");
        }

        private static string Shown(char c) => c == '\'' ? @"'\''" : $"'{c}'";

        private EvalException Error(string message) =>
            new(string.Create(CultureInfo.InvariantCulture, $"{function}: at offset {_at}, {message}"));

        private void SkipSpace()
        {
            while (_at < json.Length && json[_at] is ' ' or '\t' or '\n' or '\r')
            {
                _at++;
            }
        }

        private char Peek()
        {
            SkipSpace();
            return _at < json.Length ? json[_at] : throw Error("unexpected end of file");
        }

        private Value ReadValue(int depth)
        {
            if (depth > MaximumDepth)
            {
                throw Error("nesting is too deep");
            }

            RunningThread.Step();
            switch (Peek())
            {
                case '{':
                    return ReadObject(depth);
                case '[':
                    return ReadArray(depth);
                case '"':
                    return Starlark.Value.Of(ReadString());
                case 't':
                    return Word("true", Starlark.Value.True);
                case 'f':
                    return Word("false", Starlark.Value.False);
                case 'n':
                    return Word("null", Starlark.Value.None);
                case '-' or (>= '0' and <= '9'):
                    return ReadNumber();
                default:
                    throw Error($"unexpected character {Shown(json[_at])}");
            }
        }

        private Value Word(string word, Value value)
        {
            if (string.CompareOrdinal(json, _at, word, 0, word.Length) != 0)
            {
                throw Error($"unexpected character {Shown(json[_at])}");
            }

            _at += word.Length;
            return value;
        }

        private Value ReadObject(int depth)
        {
            var dict = new StarlarkDict();
            _at++;
            if (Peek() == '}')
            {
                _at++;
                return Starlark.Value.Of(dict);
            }

            while (true)
            {
                if (Peek() != '"')
                {
                    throw Error($"unexpected character {Shown(json[_at])}, want a string as object key");
                }

                var key = Starlark.Value.Of(ReadString());
                if (!KeysMayRepeat && dict.TryGet(key, out _))
                {
                    throw Error($"object has duplicate key {key.Repr()}");
                }

                Expect(':', "after object key");
                dict.Set(key, ReadValue(depth + 1));
                if (Separator('}', "object"))
                {
                    return Starlark.Value.Of(dict);
                }
            }
        }

        private Value ReadArray(int depth)
        {
            var list = new StarlarkList();
            _at++;
            if (Peek() == ']')
            {
                _at++;
                return Starlark.Value.Of(list);
            }

            while (true)
            {
                list.Add(ReadValue(depth + 1));
                if (Separator(']', "array"))
                {
                    return Starlark.Value.Of(list);
                }
            }
        }

        private void Expect(char wanted, string place)
        {
            if (Peek() != wanted)
            {
                throw Error($"{place}, got {Shown(json[_at])}, want '{wanted}'");
            }

            _at++;
        }

        private bool Separator(char close, string container)
        {
            var c = Peek();
            if (c != close && c != ',')
            {
                throw Error($"in {container}, got {Shown(c)}, want ',' or '{close}'");
            }

            _at++;
            return c == close;
        }

        private Value ReadNumber()
        {
            var start = _at;
            while (_at < json.Length && json[_at] is (>= '0' and <= '9') or '-' or '+' or '.' or 'e' or 'E')
            {
                _at++;
            }

            var text = json.AsSpan(start, _at - start);
            if (!NumberSyntax().IsMatch(text) || text.Length > Radix.Largest)
            {
                _at = start;
                throw Error($"invalid number: {(text.Length > 100 ? text[..100] : text)}");
            }

            if (text.IndexOfAny('.', 'e', 'E') < 0)
            {
                return Starlark.Value.Of(BigInteger.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
            }

            return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
                ? Starlark.Value.Of(number)
                : throw Error($"number too large: {text}");
        }

        private string ReadString()
        {
            var text = new StringBuilder();
            for (_at++; ; _at++)
            {
                if (_at >= json.Length)
                {
                    throw Error("unclosed string literal");
                }

                switch (json[_at])
                {
                    case '"':
                        _at++;
                        return text.ToString();
                    case '\\':
                        _at++;
                        text.Append(ReadEscape());
                        break;
                    case < ' ':
                        throw Error("invalid character in string literal");
                    default:
                        text.Append(json[_at]);
                        break;
                }
            }
        }

        private char ReadEscape()
        {
            var c = _at < json.Length ? json[_at] : throw Error("unclosed string literal");
            switch (c)
            {
                case 'n':
                    return '\n';
                case 't':
                    return '\t';
                case 'r':
                    return '\r';
                case 'b':
                    return '\b';
                case 'f':
                    return '\f';
                case '"' or '\\' or '/':
                    return c;
                case 'u' when _at + 4 < json.Length && ushort.TryParse(json.AsSpan(_at + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit):
                    _at += 4;
                    return (char)unit;
                default:
                    throw Error($"invalid character {Shown(c)} in string escape code");
            }
        }
    }
}
