using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Google.Protobuf.Reflection;

namespace Faultbox.Protocols.Protobuf;

/// <summary>Writes messages (protobuf.dev, Encoding): fields by number, unknown ones last.</summary>
internal static class ProtoWriter
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The bytes of a message.</summary>
    /// <exception cref="ProtobufException">A text has no UTF-8 form.</exception>
    public static byte[] Encode(ProtoMessage message)
    {
        var output = new ArrayBufferWriter<byte>();
        Write(output, message);
        return output.WrittenSpan.ToArray();
    }

    private static void Write(ArrayBufferWriter<byte> output, ProtoMessage message)
    {
        foreach (var (field, value) in message.Values)
        {
            WriteField(output, field, value);
        }

        output.Write(message.Unknown.ToArray());
    }

    private static void WriteField(ArrayBufferWriter<byte> output, FieldDescriptor field, object value)
    {
        switch (value)
        {
            case Dictionary<object, object> map:
                WriteMap(output, field, map);
                break;
            case List<object> items when items.Count > 0 && field.IsPacked && FieldKinds.IsPackable(field.FieldType):
                var packed = new ArrayBufferWriter<byte>();
                items.ForEach(i => WriteValue(packed, field, i));
                WriteTag(output, field.FieldNumber, WireKind.Length);
                WriteBytes(output, packed.WrittenSpan);
                break;
            case List<object> items:
                items.ForEach(i => WriteTagged(output, field, i));
                break;
            default:
                if (field.HasPresence || !FieldKinds.IsZero(value))
                {
                    WriteTagged(output, field, value);
                }

                break;
        }
    }

    private static void WriteMap(ArrayBufferWriter<byte> output, FieldDescriptor field, Dictionary<object, object> map)
    {
        var keyField = field.MessageType.FindFieldByNumber(1);
        var valueField = field.MessageType.FindFieldByNumber(2);
        foreach (var (key, item) in map)
        {
            var entry = new ArrayBufferWriter<byte>();
            WriteTagged(entry, keyField, key);
            WriteTagged(entry, valueField, item);
            WriteTag(output, field.FieldNumber, WireKind.Length);
            WriteBytes(output, entry.WrittenSpan);
        }
    }

    private static void WriteTagged(ArrayBufferWriter<byte> output, FieldDescriptor field, object value)
    {
        WriteTag(output, field.FieldNumber, FieldKinds.WireOf(field.FieldType));
        WriteValue(output, field, value);
        if (field.FieldType == FieldType.Group)
        {
            WriteTag(output, field.FieldNumber, WireKind.EndGroup);
        }
    }

    private static void WriteValue(ArrayBufferWriter<byte> output, FieldDescriptor field, object value)
    {
        switch (value)
        {
            case int number when field.FieldType == FieldType.SInt32:
                WriteVarint(output, (uint)((number << 1) ^ (number >> 31)));
                break;
            case int number when field.FieldType == FieldType.SFixed32:
                WriteFixed32(output, (uint)number);
                break;
            case int number:
                WriteVarint(output, (ulong)number);
                break;
            case long number when field.FieldType == FieldType.SInt64:
                WriteVarint(output, (ulong)((number << 1) ^ (number >> 63)));
                break;
            case long number when field.FieldType == FieldType.SFixed64:
                WriteFixed64(output, (ulong)number);
                break;
            case long number:
                WriteVarint(output, (ulong)number);
                break;
            case uint number when field.FieldType == FieldType.Fixed32:
                WriteFixed32(output, number);
                break;
            case uint number:
                WriteVarint(output, number);
                break;
            case ulong number when field.FieldType == FieldType.Fixed64:
                WriteFixed64(output, number);
                break;
            case ulong number:
                WriteVarint(output, number);
                break;
            case float number:
                WriteFixed32(output, BitConverter.SingleToUInt32Bits(number));
                break;
            case double number:
                WriteFixed64(output, BitConverter.DoubleToUInt64Bits(number));
                break;
            case bool flag:
                WriteVarint(output, flag ? 1UL : 0);
                break;
            case string text:
                WriteText(output, field, text);
                break;
            case byte[] bytes:
                WriteBytes(output, bytes);
                break;
            case ProtoMessage message when field.FieldType == FieldType.Group:
                Write(output, message);
                break;
            case ProtoMessage message:
                WriteBytes(output, Encode(message));
                break;
        }
    }

    private static void WriteText(ArrayBufferWriter<byte> output, FieldDescriptor field, string text)
    {
        try
        {
            WriteBytes(output, StrictUtf8.GetBytes(text));
        }
        catch (EncoderFallbackException)
        {
            throw new ProtobufException($"{field.FullName} must be valid text");
        }
    }

    private static void WriteTag(ArrayBufferWriter<byte> output, int number, WireKind kind) => WriteVarint(output, ((uint)number << 3) | (uint)kind);

    private static void WriteBytes(ArrayBufferWriter<byte> output, ReadOnlySpan<byte> bytes)
    {
        WriteVarint(output, (uint)bytes.Length);
        output.Write(bytes);
    }

    private static void WriteVarint(ArrayBufferWriter<byte> output, ulong value)
    {
        while (value >= 0x80)
        {
            output.Write([(byte)(value | 0x80)]);
            value >>= 7;
        }

        output.Write([(byte)value]);
    }

    private static void WriteFixed32(ArrayBufferWriter<byte> output, uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(output.GetSpan(sizeof(uint)), value);
        output.Advance(sizeof(uint));
    }

    private static void WriteFixed64(ArrayBufferWriter<byte> output, ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(output.GetSpan(sizeof(ulong)), value);
        output.Advance(sizeof(ulong));
    }
}
