using System.Globalization;
using System.Numerics;
using System.Text;

namespace Starlark;

/// <summary>The module <c>json</c>: encode, decode, indent, encode_indent.</summary>
public static class JsonModule
{
    private const int MaximumDepth = 500;

    /// <summary>The module value.</summary>
    public static StarlarkModuleValue Value { get; } = new("json", new Dictionary<string, Value>
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
        var text = new StringBuilder();
        Encode(text, value, 0);
        return text.ToString();
    }

    private static void Encode(StringBuilder text, Value value, int depth)
    {
        if (depth > MaximumDepth)
        {
            throw new EvalException("json.encode: value is nested too deeply");
        }

        switch (value.Ref)
        {
            case StarlarkString s:
                Quote(text, s.Text);
                return;
            case StarlarkDict dict:
                EncodeObject(text, dict.Entries.Select(e => (Key(e.Key), e.Value)).OrderBy(e => e.Item1, StringComparer.Ordinal), depth);
                return;
            case StarlarkStruct s:
                EncodeObject(text, s.Fields.Select(f => (f.Key, f.Value)), depth);
                return;
            case StarlarkBytes or StarlarkCallable:
                break;
            case IIterable:
                EncodeArray(text, value, depth);
                return;
        }

        text.Append(value.IsNone ? "null"
            : value.TryGetBool(out var flag) ? flag ? "true" : "false"
            : Operators.IsInteger(value) ? Numbers.IntegerText(value)
            : value.IsFloat && double.IsFinite(value.AsDouble) ? FloatText.Shortest(value.AsDouble)
            : throw new EvalException($"json.encode: cannot encode {(value.IsFloat ? "non-finite float " + value.Repr() : value.TypeName)} as JSON"));
    }

    private static string Key(Value key) =>
        key.TryGetString(out var text) ? text : throw new EvalException($"json.encode: dict has {key.TypeName} key, want string");

    private static void EncodeObject(StringBuilder text, IEnumerable<(string Name, Value Value)> fields, int depth)
    {
        text.Append('{');
        var first = true;
        foreach (var (name, value) in fields)
        {
            text.Append(first ? "" : ",");
            first = false;
            Quote(text, name);
            text.Append(':');
            Encode(text, value, depth + 1);
        }

        text.Append('}');
    }

    private static void EncodeArray(StringBuilder text, Value items, int depth)
    {
        text.Append('[');
        var first = true;
        foreach (var item in Operators.Collect(items))
        {
            text.Append(first ? "" : ",");
            first = false;
            Encode(text, item, depth + 1);
        }

        text.Append(']');
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
                case < ' ' or '\u007f':
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
            var reader = new Reader(a.Text(0));
            return reader.ReadDocument();
        }
        catch (EvalException) when (a.Has(1))
        {
            return a[1];
        }
    }

    /// <summary>Lays out JSON text anew; the text is not checked beyond what layout needs.</summary>
    private static string Indent(string json, string prefix, string indent)
    {
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

        throw new EvalException("json.indent: unclosed string literal");
    }

    /// <summary>Reads one JSON document.</summary>
    private sealed class Reader(string json)
    {
        private int _at;

        public Value ReadDocument()
        {
            var value = ReadValue(0);
            SkipSpace();
            return _at == json.Length ? value : throw Error($"unexpected character {Shown(json[_at])} after value");
        }

        private static string Shown(char c) => $"\"{c}\"";

        private EvalException Error(string message) =>
            new(string.Create(CultureInfo.InvariantCulture, $"json.decode: at offset {_at}, {message}"));

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
                    throw Error($"got {Shown(json[_at])}, want string for object key");
                }

                var key = Starlark.Value.Of(ReadString());
                if (dict.TryGet(key, out _))
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
                throw Error($"got {Shown(json[_at])} {place}, want '{wanted}'");
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
            _at += json[_at] == '-' ? 1 : 0;
            var digits = _at;
            Digits();
            if (_at == digits || (json[digits] == '0' && _at - digits > 1))
            {
                throw Error("invalid number");
            }

            var isFloat = false;
            if (_at < json.Length && json[_at] == '.')
            {
                isFloat = true;
                _at++;
                Digits();
            }

            if (_at < json.Length && json[_at] is 'e' or 'E')
            {
                isFloat = true;
                _at++;
                _at += _at < json.Length && json[_at] is '+' or '-' ? 1 : 0;
                Digits();
            }

            var text = json.AsSpan(start, _at - start);
            if (!isFloat)
            {
                return Starlark.Value.Of(BigInteger.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
            }

            return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
                ? Starlark.Value.Of(number)
                : throw Error($"invalid number: {text}");
        }

        private void Digits()
        {
            while (_at < json.Length && char.IsAsciiDigit(json[_at]))
            {
                _at++;
            }
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
                    throw Error("invalid escape in string literal");
            }
        }
    }
}
