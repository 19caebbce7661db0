using System.Globalization;
using Google.Protobuf.Reflection;

namespace Faultbox.Protocols.Protobuf;

/// <summary>The well-known types that JSON writes in a way of their own (protobuf.dev, ProtoJSON Format).</summary>
internal static class WellKnownJson
{
    private const string Package = "google.protobuf.";
    private const long LargestDuration = 315_576_000_000;
    private const int NanosPerSecond = 1_000_000_000;

    private static readonly HashSet<string> Names =
    [
        "Any", "Timestamp", "Duration", "FieldMask", "Struct", "Value", "ListValue", "Empty", "DoubleValue", "FloatValue", "Int64Value",
        "UInt64Value", "Int32Value", "UInt32Value", "BoolValue", "StringValue", "BytesValue",
    ];

    /// <summary>True for a type with a JSON of its own.</summary>
    public static bool Has(MessageDescriptor type) =>
        type.FullName.StartsWith(Package, StringComparison.Ordinal) && Names.Contains(type.FullName[Package.Length..]);

    /// <summary>The JSON of such a message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="write">Writes a message inside.</param>
    /// <param name="pool">Where the types of Any are found.</param>
    public static object? Write(ProtoMessage message, Func<ProtoMessage, object?> write, DescriptorPool pool) => message.Type.Name switch
    {
        "Timestamp" => WriteTimestamp(message[1] as long? ?? 0, message[2] as int? ?? 0),
        "Duration" => WriteDuration(message[1] as long? ?? 0, message[2] as int? ?? 0),
        "FieldMask" => string.Join(',', (message[1] as List<object> ?? []).Select(p => Camel((string)p))),
        "Struct" => (message[1] as Dictionary<object, object> ?? [])
            .Select(e => KeyValuePair.Create((string)e.Key, write((ProtoMessage)e.Value))).OrderBy(e => e.Key, StringComparer.Ordinal).ToList(),
        "ListValue" => (message[1] as List<object> ?? []).ConvertAll(v => write((ProtoMessage)v)),
        "Value" => WriteValue(message, write),
        "Empty" => new List<KeyValuePair<string, object?>>(),
        "Any" => WriteAny(message, write, pool),
        _ => ScalarJson.Write(message.Type.FindFieldByNumber(1), message[1] ?? FieldKinds.ZeroOf(message.Type.FindFieldByNumber(1))),
    };

    /// <summary>Such a message from its JSON.</summary>
    /// <param name="type">Type of the message.</param>
    /// <param name="json">A value as <see cref="JsonTree"/> has them.</param>
    /// <param name="read">Reads a message inside.</param>
    /// <param name="pool">Where the types of Any are found.</param>
    /// <exception cref="ProtobufException">The value does not fit.</exception>
    public static ProtoMessage Read(MessageDescriptor type, object? json, Func<MessageDescriptor, object?, ProtoMessage> read, DescriptorPool pool)
    {
        var message = new ProtoMessage(type);
        switch (type.Name)
        {
            case "Timestamp":
                ReadTimestamp(message, json);
                break;
            case "Duration":
                ReadDuration(message, json);
                break;
            case "FieldMask":
                var mask = json as string ?? throw Wrong("field names joined by commas", json);
                message.List(type.FindFieldByNumber(1)).AddRange(mask.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Snake));
                break;
            case "Struct":
                var entries = type.FindFieldByNumber(1);
                foreach (var (name, value) in json as IReadOnlyList<KeyValuePair<string, object?>> ?? throw Wrong("an object", json))
                {
                    message.Map(entries)[name] = read(entries.MessageType.FindFieldByNumber(2).MessageType, value);
                }

                break;
            case "ListValue":
                var items = type.FindFieldByNumber(1);
                foreach (var value in json as IReadOnlyList<object?> ?? throw Wrong("a list", json))
                {
                    message.List(items).Add(read(items.MessageType, value));
                }

                break;
            case "Value":
                ReadValue(message, json, read);
                break;
            case "Empty":
                return json is IReadOnlyList<KeyValuePair<string, object?>> { Count: 0 } ? message : throw Wrong("{}", json);
            case "Any":
                ReadAny(message, json, read, pool);
                break;
            default:
                message.Set(type.FindFieldByNumber(1), ScalarJson.Read(type.FindFieldByNumber(1), json));
                break;
        }

        return message;
    }

    private static object? WriteValue(ProtoMessage message, Func<ProtoMessage, object?> write) => message.Values.FirstOrDefault() switch
    {
        (null, _) => null,
        ({ FieldNumber: 1 }, _) => null,
        (_, double number) => double.IsFinite(number) ? number : throw new ProtobufException("a google.protobuf.Value cannot be NaN or infinite"),
        (_, ProtoMessage inner) => write(inner),
        var (_, scalar) => scalar,
    };

    private static void ReadValue(ProtoMessage message, object? json, Func<MessageDescriptor, object?, ProtoMessage> read)
    {
        var (number, value) = json switch
        {
            null => (1, (object)0),
            bool flag => (4, flag),
            string text => (3, text),
            IReadOnlyList<KeyValuePair<string, object?>> => (5, read(Inner(5), json)),
            IReadOnlyList<object?> => (6, read(Inner(6), json)),
            _ => (2, ScalarJson.Read(message.Type.FindFieldByNumber(2), json)),
        };
        message.Set(message.Type.FindFieldByNumber(number), value);

        MessageDescriptor Inner(int field) => message.Type.FindFieldByNumber(field).MessageType;
    }

    private static List<KeyValuePair<string, object?>> WriteAny(ProtoMessage message, Func<ProtoMessage, object?> write, DescriptorPool pool)
    {
        if (message[1] is not string { Length: > 0 } url)
        {
            return [];
        }

        var type = TypeOf(url, pool);
        var value = write(new ProtoReader(pool).Decode(type, message[2] as byte[] ?? []));
        return Has(type)
            ? [new("@type", url), new("value", value)]
            : [new("@type", url), .. (List<KeyValuePair<string, object?>>)value!];
    }

    private static void ReadAny(ProtoMessage message, object? json, Func<MessageDescriptor, object?, ProtoMessage> read, DescriptorPool pool)
    {
        var pairs = json as IReadOnlyList<KeyValuePair<string, object?>> ?? throw Wrong("an object with \"@type\"", json);
        if (pairs.Count == 0)
        {
            return;
        }

        var url = pairs.FirstOrDefault(p => p.Key == "@type").Value as string ?? throw new ProtobufException("an Any needs \"@type\": the URL of its type");
        var type = TypeOf(url, pool);
        List<KeyValuePair<string, object?>> rest = [.. pairs.Where(p => p.Key != "@type")];
        var inner = !Has(type) ? read(type, rest)
            : rest is [{ Key: "value", Value: var value }] ? read(type, value)
            : throw new ProtobufException($"an Any of {type.FullName} has \"@type\" and \"value\"");
        message.Set(message.Type.FindFieldByNumber(1), url);
        message.Set(message.Type.FindFieldByNumber(2), ProtoWriter.Encode(inner));
    }

    private static MessageDescriptor TypeOf(string url, DescriptorPool pool) =>
        pool.FindMessage(url[(url.LastIndexOf('/') + 1)..]) ?? throw new ProtobufException($"the type of an Any is not known: {url}");

    private static string WriteTimestamp(long seconds, int nanos)
    {
        if (seconds < DateTimeOffset.MinValue.ToUnixTimeSeconds() || seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds() || nanos is < 0 or >= NanosPerSecond)
        {
            throw new ProtobufException($"a timestamp of {seconds} s and {nanos} ns lies outside of the years 0001 to 9999");
        }

        var time = DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);
        return $"{time}{Fraction(nanos)}Z";
    }

    private static void ReadTimestamp(ProtoMessage message, object? json)
    {
        var text = json as string ?? throw Wrong("a time such as \"2026-01-02T03:04:05Z\"", json);
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        var end = dot < 0 ? -1 : text.AsSpan(dot + 1).IndexOfAnyExceptInRange('0', '9') + dot + 1;
        var whole = dot < 0 ? text : end > dot + 1 ? text.Remove(dot, end - dot) : "";
        if (whole.Length < 20 || whole[10] is not ('T' or 't') || !DateTimeOffset.TryParseExact(
            whole.ToUpperInvariant(), ["yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:sszzz"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            || !TryFraction(dot < 0 ? "" : text[(dot + 1)..end], out var nanos))
        {
            throw Wrong("a time such as \"2026-01-02T03:04:05Z\"", json);
        }

        Set(message, time.ToUnixTimeSeconds(), nanos);
    }

    private static string WriteDuration(long seconds, int nanos)
    {
        if (Math.Abs(seconds) > LargestDuration || Math.Abs((long)nanos) >= NanosPerSecond || (seconds > 0 && nanos < 0) || (seconds < 0 && nanos > 0))
        {
            throw new ProtobufException($"a duration of {seconds} s and {nanos} ns cannot be");
        }

        var sign = seconds < 0 || nanos < 0 ? "-" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{sign}{Math.Abs(seconds)}{Fraction(Math.Abs(nanos))}s");
    }

    private static void ReadDuration(ProtoMessage message, object? json)
    {
        var text = json as string ?? throw Wrong("a duration such as \"1.500s\"", json);
        var isNegative = text.StartsWith('-');
        var parts = text.EndsWith('s') ? text[(isNegative ? 1 : 0)..^1].Split('.') : [];
        if (parts.Length is < 1 or > 2 || !long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || seconds > LargestDuration || (parts.Length == 2 && parts[1].Length == 0) || !TryFraction(parts.Length == 2 ? parts[1] : "", out var nanos))
        {
            throw Wrong("a duration such as \"1.500s\"", json);
        }

        Set(message, isNegative ? -seconds : seconds, isNegative ? -nanos : nanos);
    }

    private static void Set(ProtoMessage message, long seconds, int nanos)
    {
        message.Set(message.Type.FindFieldByNumber(1), seconds);
        message.Set(message.Type.FindFieldByNumber(2), nanos);
    }

    private static string Fraction(int nanos) =>
        nanos == 0 ? ""
        : nanos % 1_000_000 == 0 ? string.Create(CultureInfo.InvariantCulture, $".{nanos / 1_000_000:D3}")
        : nanos % 1_000 == 0 ? string.Create(CultureInfo.InvariantCulture, $".{nanos / 1_000:D6}")
        : string.Create(CultureInfo.InvariantCulture, $".{nanos:D9}");

    private static bool TryFraction(string digits, out int nanos)
    {
        nanos = 0;
        return digits.Length <= 9 && (digits.Length == 0
            || int.TryParse(digits.PadRight(9, '0'), NumberStyles.None, CultureInfo.InvariantCulture, out nanos));
    }

    private static string Camel(string path)
    {
        var parts = path.Split('_');
        return string.Concat(parts.Take(1).Concat(parts.Skip(1).Select(p => p.Length == 0 ? p : char.ToUpperInvariant(p[0]) + p[1..])));
    }

    private static string Snake(string path) =>
        string.Concat(path.Select(c => c is >= 'A' and <= 'Z' ? $"_{char.ToLowerInvariant(c)}" : c.ToString()));

    private static ProtobufException Wrong(string expected, object? json) => new($"must be {expected}, got {ScalarJson.Shown(json)}");
}
