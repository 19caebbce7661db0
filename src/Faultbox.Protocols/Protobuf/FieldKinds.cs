using Google.Protobuf.Reflection;

namespace Faultbox.Protocols.Protobuf;

/// <summary>The ways in which a value is written (protobuf.dev, Encoding).</summary>
internal enum WireKind
{
    /// <summary>A variable number of bytes.</summary>
    Varint = 0,

    /// <summary>Eight bytes.</summary>
    Fixed64 = 1,

    /// <summary>A length and so many bytes.</summary>
    Length = 2,

    /// <summary>Fields up to the matching end.</summary>
    StartGroup = 3,

    /// <summary>End of a group.</summary>
    EndGroup = 4,

    /// <summary>Four bytes.</summary>
    Fixed32 = 5,
}

/// <summary>What kinds of fields have in common.</summary>
internal static class FieldKinds
{
    /// <summary>How one value of a field is written.</summary>
    public static WireKind WireOf(FieldType type) => type switch
    {
        FieldType.Double or FieldType.Fixed64 or FieldType.SFixed64 => WireKind.Fixed64,
        FieldType.Float or FieldType.Fixed32 or FieldType.SFixed32 => WireKind.Fixed32,
        FieldType.String or FieldType.Bytes or FieldType.Message => WireKind.Length,
        FieldType.Group => WireKind.StartGroup,
        _ => WireKind.Varint,
    };

    /// <summary>True for a type whose values can stand side by side without tags.</summary>
    public static bool IsPackable(FieldType type) => WireOf(type) is WireKind.Varint or WireKind.Fixed32 or WireKind.Fixed64;

    /// <summary>The value of a field that is not set; for an enum its first member.</summary>
    public static object ZeroOf(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32 => 0,
        FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 => 0L,
        FieldType.UInt32 or FieldType.Fixed32 => 0U,
        FieldType.UInt64 or FieldType.Fixed64 => 0UL,
        FieldType.Float => 0F,
        FieldType.Double => 0D,
        FieldType.Bool => false,
        FieldType.String => "",
        FieldType.Bytes => Array.Empty<byte>(),
        FieldType.Enum => field.EnumType.Values[0].Number,
        _ => new ProtoMessage(field.MessageType),
    };

    /// <summary>True for the value that a field without presence has when it is not set; negative zero is a value.</summary>
    public static bool IsZero(object value) => value switch
    {
        int number => number == 0,
        long number => number == 0,
        uint number => number == 0,
        ulong number => number == 0,
        float number => BitConverter.SingleToInt32Bits(number) == 0,
        double number => BitConverter.DoubleToInt64Bits(number) == 0,
        bool flag => !flag,
        string text => text.Length == 0,
        byte[] bytes => bytes.Length == 0,
        _ => false,
    };

    /// <summary>The type of a field as its source has it.</summary>
    public static string NameOf(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Message or FieldType.Group => field.MessageType.FullName,
        FieldType.Enum => field.EnumType.FullName,
        var type => type.ToString().ToLowerInvariant(),
    };
}
