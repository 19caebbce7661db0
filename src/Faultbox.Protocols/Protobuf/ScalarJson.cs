using System.Globalization;
using System.Numerics;
using Google.Protobuf.Reflection;

namespace Faultbox.Protocols.Protobuf;

/// <summary>Single values of fields and their JSON (protobuf.dev, ProtoJSON Format).</summary>
internal static class ScalarJson
{
    private const double FloatLimit = 3.4028235677973366e38;

    /// <summary>The JSON of a value: numbers of 64 bits as text, bytes as base64, enums by name.</summary>
    public static object? Write(FieldDescriptor field, object value) => value switch
    {
        int number when field.FieldType == FieldType.Enum => WriteEnum(field.EnumType, number),
        int number => (long)number,
        uint number => (long)number,
        long number => number.ToString(CultureInfo.InvariantCulture),
        ulong number => number.ToString(CultureInfo.InvariantCulture),
        float number => WriteReal(double.Parse(number.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)),
        double number => WriteReal(number),
        byte[] bytes => Convert.ToBase64String(bytes),
        _ => value,
    };

    /// <summary>A floating point number, or the word for one that JSON cannot write.</summary>
    public static object WriteReal(double number) =>
        double.IsNaN(number) ? "NaN" : double.IsPositiveInfinity(number) ? "Infinity" : double.IsNegativeInfinity(number) ? "-Infinity" : number;

    /// <summary>The key of a map entry.</summary>
    public static string WriteKey(object key) => key is bool flag ? (flag ? "true" : "false") : Convert.ToString(key, CultureInfo.InvariantCulture)!;

    /// <summary>The value of a field from JSON.</summary>
    /// <exception cref="ProtobufException">The value does not fit.</exception>
    public static object Read(FieldDescriptor field, object? json) => field.FieldType switch
    {
        FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32 => (int)Whole(field, json, int.MinValue, int.MaxValue),
        FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 => (long)Whole(field, json, long.MinValue, long.MaxValue),
        FieldType.UInt32 or FieldType.Fixed32 => (uint)Whole(field, json, uint.MinValue, uint.MaxValue),
        FieldType.UInt64 or FieldType.Fixed64 => (ulong)Whole(field, json, ulong.MinValue, ulong.MaxValue),
        FieldType.Float => Real(field, json) is var real && (!double.IsFinite(real) || Math.Abs(real) < FloatLimit)
            ? (float)real
            : throw new ProtobufException($"{real.ToString("R", CultureInfo.InvariantCulture)} is out of range of float"),
        FieldType.Double => Real(field, json),
        FieldType.Bool => json as bool? ?? throw Wrong(field, json),
        FieldType.String => json as string ?? throw Wrong(field, json),
        FieldType.Bytes => Bytes(field, json),
        FieldType.Enum => ReadEnum(field, json),
        _ => throw Wrong(field, json),
    };

    /// <summary>The key of a map from JSON, where every key is text.</summary>
    public static object ReadKey(FieldDescriptor field, string key) => field.FieldType switch
    {
        FieldType.Bool => key switch { "true" => true, "false" => false, _ => throw Wrong(field, key) },
        _ => Read(field, key),
    };

    /// <summary>The error for a value of another type.</summary>
    public static ProtobufException Wrong(FieldDescriptor field, object? json) => new($"must be {FieldKinds.NameOf(field)}, got {Shown(json)}");

    /// <summary>A value as messages show it.</summary>
    public static string Shown(object? json) => json switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        string text => $"\"{text}\"",
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        byte[] => "bytes",
        IReadOnlyList<KeyValuePair<string, object?>> => "an object",
        IReadOnlyList<object?> => "a list",
        _ => Convert.ToString(json, CultureInfo.InvariantCulture)!,
    };

    private static object WriteEnum(EnumDescriptor type, int number) =>
        type.FullName == "google.protobuf.NullValue" ? null! : type.FindValueByNumber(number) is { } member ? member.Name : (long)number;

    private static object ReadEnum(FieldDescriptor field, object? json)
    {
        var type = field.EnumType;
        if (json is null && type.FullName == "google.protobuf.NullValue")
        {
            return 0;
        }

        if (json is not string name)
        {
            return json is long or BigInteger or double ? (int)Whole(field, json, int.MinValue, int.MaxValue) : throw Wrong(field, json);
        }

        var names = type.Values.Select(v => v.Name).ToList();
        return type.FindValueByName(name)?.Number ?? throw new ProtobufException(
            $"\"{name}\" is no member of {type.FullName}{Core.Matching.NearestName.Suggestion(name, names)} (members: {string.Join(", ", names)})");
    }

    private static BigInteger Whole(FieldDescriptor field, object? json, BigInteger minimum, BigInteger maximum)
    {
        BigInteger number = json switch
        {
            long value => value,
            BigInteger value => value,
            double value when double.IsInteger(value) => new BigInteger(value),
            string text when BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) => value,
            string text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsInteger(value)
                && text.Trim() == text => new BigInteger(value),
            _ => throw Wrong(field, json),
        };
        return number >= minimum && number <= maximum
            ? number
            : throw new ProtobufException($"{number} is out of range of {FieldKinds.NameOf(field)}");
    }

    private static double Real(FieldDescriptor field, object? json) => json switch
    {
        double number => number,
        long number => number,
        BigInteger number => (double)number,
        "NaN" => double.NaN,
        "Infinity" => double.PositiveInfinity,
        "-Infinity" => double.NegativeInfinity,
        string text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            && text.Trim() == text => number,
        _ => throw Wrong(field, json),
    };

    private static byte[] Bytes(FieldDescriptor field, object? json)
    {
        if (json is byte[] bytes)
        {
            return bytes;
        }

        if (json is not string text)
        {
            throw Wrong(field, json);
        }

        try
        {
            var plain = text.TrimEnd('=').Replace('-', '+').Replace('_', '/');
            return Convert.FromBase64String(plain.PadRight((plain.Length + 3) / 4 * 4, '='));
        }
        catch (FormatException)
        {
            throw new ProtobufException($"must be base64 of the bytes, got {Shown(json)}");
        }
    }
}
