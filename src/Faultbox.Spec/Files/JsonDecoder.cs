using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using Starlark;

namespace Faultbox.Spec.Files;

/// <summary>
/// Decodes JSON to values of the language: objects in document order, whole numbers as exact integers, everything else as a float.
/// </summary>
internal static class JsonDecoder
{
    private const int MaximumDepth = 512;
    private const double IntegralLimit = 9223372036854775808.0;

    /// <summary>Decodes one document.</summary>
    /// <exception cref="DecodeException">The text is not JSON.</exception>
    public static Value Decode(ReadOnlySpan<byte> json)
    {
        if (json.StartsWith(Encoding.UTF8.Preamble))
        {
            json = json[Encoding.UTF8.Preamble.Length..];
        }

        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaximumDepth });
        try
        {
            reader.Read();
            var value = ReadValue(ref reader, json);
            while (reader.Read())
            {
                // Reading on to the end finds text after the document.
            }

            return value;
        }
        catch (JsonException e)
        {
            var line = (int)(e.LineNumber ?? 0);
            throw new DecodeException(Explain(json, e), line + 1, Column(json, line, (int)(e.BytePositionInLine ?? 0)));
        }
    }

    private static Value ReadValue(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return ReadObject(ref reader, json);
            case JsonTokenType.StartArray:
                return ReadArray(ref reader, json);
            case JsonTokenType.String:
                return Value.Of(ReadString(ref reader));
            case JsonTokenType.Number:
                return ReadNumber(ref reader, json);
            case JsonTokenType.True:
                return Value.True;
            case JsonTokenType.False:
                return Value.False;
            default:
                return Value.None;
        }
    }

    private static Value ReadObject(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        var dict = new StarlarkDict();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = Value.Of(ReadString(ref reader));
            reader.Read();
            dict.Set(key, ReadValue(ref reader, json));
        }

        return Value.Of(dict);
    }

    private static Value ReadArray(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        var items = new List<Value>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            items.Add(ReadValue(ref reader, json));
        }

        return Value.Of(new StarlarkList(items));
    }

    private static StarlarkString ReadString(ref Utf8JsonReader reader)
    {
        var bytes = new byte[reader.ValueSpan.Length];
        try
        {
            var length = reader.CopyString(bytes);
            return StarlarkString.FromUtf8(bytes.AsSpan(0, length));
        }
        catch (InvalidOperationException)
        {
            // The platform refuses texts that are not valid Unicode, such as half of a surrogate pair.
            return StarlarkString.FromUtf8(reader.ValueSpan);
        }
    }

    private static Value ReadNumber(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        var text = Encoding.ASCII.GetString(reader.ValueSpan);
        if (text.AsSpan().IndexOfAny('.', 'e', 'E') < 0)
        {
            return Value.Of(BigInteger.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
        }

        var number = double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (double.IsInfinity(number))
        {
            var start = (int)reader.TokenStartIndex;
            var line = json[..start].Count((byte)'\n');
            throw new DecodeException($"number {text} is out of range", line + 1, Column(json, line, start - LineStart(json, line)));
        }

        return number == Math.Floor(number) && Math.Abs(number) <= IntegralLimit ? Value.Of(new BigInteger(number)) : Value.Of(number);
    }

    private static string Explain(ReadOnlySpan<byte> json, JsonException error)
    {
        var line = (int)(error.LineNumber ?? 0);
        var offset = LineStart(json, line) + (int)(error.BytePositionInLine ?? 0);
        if (offset >= json.Length)
        {
            return "the document ends too early";
        }

        Rune.DecodeFromUtf8(json[offset..], out var found, out _);
        return error.Message.Contains("depth", StringComparison.Ordinal)
            ? $"more than {MaximumDepth} levels of nesting"
            : $"unexpected character '{found}'";
    }

    private static int Column(ReadOnlySpan<byte> json, int line, int byteInLine)
    {
        var start = LineStart(json, line);
        var end = Math.Min(start + byteInLine, json.Length);
        return Encoding.UTF8.GetCharCount(json[start..end]) + 1;
    }

    private static int LineStart(ReadOnlySpan<byte> json, int line)
    {
        var start = 0;
        for (; line > 0; line--)
        {
            var end = json[start..].IndexOf((byte)'\n');
            if (end < 0)
            {
                return json.Length;
            }

            start += end + 1;
        }

        return start;
    }
}
