using System.Text;
using Google.Protobuf.Reflection;

namespace Faultbox.Protocols.Protobuf;

/// <summary>
/// Reads messages (protobuf.dev, Encoding): the last value of a field wins, messages merge, packed and separate values are both taken,
/// unknown fields are kept.
/// </summary>
/// <param name="pool">Where extensions are found.</param>
internal sealed class ProtoReader(DescriptorPool pool)
{
    private const int MaximumDepth = 100;
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a message.</summary>
    /// <exception cref="ProtobufException">The bytes are no message of the type.</exception>
    public ProtoMessage Decode(MessageDescriptor type, ReadOnlySpan<byte> bytes)
    {
        var message = new ProtoMessage(type);
        Merge(message, bytes, MaximumDepth);
        return message;
    }

    private void Merge(ProtoMessage message, ReadOnlySpan<byte> bytes, int depth)
    {
        var reader = new WireReader(bytes);
        while (!reader.IsAtEnd)
        {
            var start = reader.Position;
            var (number, kind) = reader.ReadTag();
            TakeField(message, ref reader, start, number, kind, depth);
        }
    }

    private void MergeGroup(ProtoMessage message, ref WireReader reader, int group, int depth)
    {
        while (true)
        {
            var start = reader.Position;
            var (number, kind) = reader.ReadTag();
            if (kind == WireKind.EndGroup && number == group)
            {
                return;
            }

            TakeField(message, ref reader, start, number, kind, depth);
        }
    }

    private void TakeField(ProtoMessage message, ref WireReader reader, int start, int number, WireKind kind, int depth)
    {
        if (depth == 0)
        {
            throw new ProtobufException($"a message of {message.Type.FullName} with more than {MaximumDepth} messages inside one another");
        }

        var field = message.Type.FindFieldByNumber(number) ?? pool.FindExtension(message.Type, number);
        var own = field is null ? WireKind.EndGroup : FieldKinds.WireOf(field.FieldType);
        if (field is { IsRepeated: true, IsMap: false } && kind == WireKind.Length && own is WireKind.Varint or WireKind.Fixed32 or WireKind.Fixed64)
        {
            var packed = new WireReader(reader.ReadBytes());
            while (!packed.IsAtEnd)
            {
                message.List(field!).Add(ReadScalar(field!, ref packed));
            }
        }
        else if (field is null || kind != own)
        {
            reader.Skip(number, kind, depth);
            message.Unknown.Write(reader.Since(start));
        }
        else if (field.IsMap)
        {
            AddEntry(message, field, reader.ReadBytes(), depth);
        }
        else if (field.FieldType is FieldType.Message or FieldType.Group)
        {
            TakeMessage(message, field, ref reader, depth);
        }
        else
        {
            var value = ReadScalar(field, ref reader);
            if (field.IsRepeated)
            {
                message.List(field).Add(value);
            }
            else
            {
                message.Set(field, value);
            }
        }
    }

    private void TakeMessage(ProtoMessage message, FieldDescriptor field, ref WireReader reader, int depth)
    {
        var inner = !field.IsRepeated && message[field] is ProtoMessage known ? known : new ProtoMessage(field.MessageType);
        if (field.FieldType == FieldType.Group)
        {
            MergeGroup(inner, ref reader, field.FieldNumber, depth - 1);
        }
        else
        {
            Merge(inner, reader.ReadBytes(), depth - 1);
        }

        if (field.IsRepeated)
        {
            message.List(field).Add(inner);
        }
        else
        {
            message.Set(field, inner);
        }
    }

    private void AddEntry(ProtoMessage message, FieldDescriptor field, ReadOnlySpan<byte> bytes, int depth)
    {
        var entry = new ProtoMessage(field.MessageType);
        Merge(entry, bytes, depth - 1);
        message.Map(field)[entry[1] ?? FieldKinds.ZeroOf(field.MessageType.FindFieldByNumber(1))] =
            entry[2] ?? FieldKinds.ZeroOf(field.MessageType.FindFieldByNumber(2));
    }

    private static object ReadScalar(FieldDescriptor field, ref WireReader reader)
    {
        switch (field.FieldType)
        {
            case FieldType.Int32 or FieldType.Enum:
                return (int)reader.ReadVarint();
            case FieldType.SInt32:
                var zigzag = (uint)reader.ReadVarint();
                return (int)(zigzag >> 1) ^ -(int)(zigzag & 1);
            case FieldType.SFixed32:
                return (int)reader.ReadFixed32();
            case FieldType.Int64:
                return (long)reader.ReadVarint();
            case FieldType.SInt64:
                var wide = reader.ReadVarint();
                return (long)(wide >> 1) ^ -(long)(wide & 1);
            case FieldType.SFixed64:
                return (long)reader.ReadFixed64();
            case FieldType.UInt32:
                return (uint)reader.ReadVarint();
            case FieldType.Fixed32:
                return reader.ReadFixed32();
            case FieldType.UInt64:
                return reader.ReadVarint();
            case FieldType.Fixed64:
                return reader.ReadFixed64();
            case FieldType.Float:
                return BitConverter.UInt32BitsToSingle(reader.ReadFixed32());
            case FieldType.Double:
                return BitConverter.UInt64BitsToDouble(reader.ReadFixed64());
            case FieldType.Bool:
                return reader.ReadVarint() != 0;
            case FieldType.Bytes:
                return reader.ReadBytes().ToArray();
            default:
                return ReadText(field, reader.ReadBytes());
        }
    }

    private static string ReadText(FieldDescriptor field, ReadOnlySpan<byte> bytes)
    {
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw new ProtobufException($"{field.FullName} holds bytes that are no UTF-8");
        }
    }
}
