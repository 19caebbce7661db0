using Google.Protobuf.Reflection;

namespace Faultbox.Protocols.Protobuf;

/// <summary>Makes JSON values of messages (protobuf.dev, ProtoJSON Format), fields by JSON name in the order of the source.</summary>
/// <param name="pool">Where the types of Any are found.</param>
/// <param name="printsUnset">
/// True to print fields that are not set as zero values, empty lists, empty objects and <c>null</c>; members of a oneof and optional fields
/// of proto3 are left out all the same.
/// </param>
internal sealed class ProtoJsonWriter(DescriptorPool pool, bool printsUnset)
{
    /// <summary>The value of a message, as <see cref="JsonTree"/> has them.</summary>
    /// <exception cref="ProtobufException">A well-known type holds a value that it cannot.</exception>
    public object? Write(ProtoMessage message)
    {
        if (WellKnownJson.Has(message.Type))
        {
            return WellKnownJson.Write(message, Write, pool);
        }

        var pairs = new List<KeyValuePair<string, object?>>();
        foreach (var field in message.Type.Fields.InDeclarationOrder())
        {
            if (message[field] is { } value && (field.HasPresence || field.IsRepeated || printsUnset || !FieldKinds.IsZero(value)))
            {
                pairs.Add(new(field.JsonName, WriteField(field, value)));
            }
            else if (printsUnset && !(field.HasPresence && (field.ContainingOneof is not null)))
            {
                pairs.Add(new(field.JsonName, Unset(field)));
            }
        }

        foreach (var (field, value) in message.Values.Where(v => v.Field.IsExtension))
        {
            pairs.Add(new($"[{field.FullName}]", WriteField(field, value)));
        }

        return pairs;
    }

    private static object? Unset(FieldDescriptor field) =>
        field.IsMap ? new List<KeyValuePair<string, object?>>()
        : field.IsRepeated ? new List<object?>()
        : field.HasPresence ? null
        : ScalarJson.Write(field, FieldKinds.ZeroOf(field));

    private object? WriteField(FieldDescriptor field, object value) => value switch
    {
        Dictionary<object, object> map => map
            .Select(e => KeyValuePair.Create(ScalarJson.WriteKey(e.Key), WriteValue(field.MessageType.FindFieldByNumber(2), e.Value)))
            .OrderBy(e => e.Key, StringComparer.Ordinal)
            .ToList(),
        List<object> items => items.ConvertAll(i => WriteValue(field, i)),
        _ => WriteValue(field, value),
    };

    private object? WriteValue(FieldDescriptor field, object value) => value is ProtoMessage message ? Write(message) : ScalarJson.Write(field, value);
}
