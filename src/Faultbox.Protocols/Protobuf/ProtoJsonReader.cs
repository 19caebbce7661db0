using System.Globalization;
using Faultbox.Core.Matching;
using Google.Protobuf.Reflection;

namespace Faultbox.Protocols.Protobuf;

/// <summary>
/// Makes messages of JSON values (protobuf.dev, ProtoJSON Format): fields by JSON name or by the name in the source, <c>null</c> for a field
/// that is not set. Unknown fields are errors that name the nearest one.
/// </summary>
/// <param name="pool">Where extensions and the types of Any are found.</param>
internal sealed class ProtoJsonReader(DescriptorPool pool)
{
    /// <summary>Makes a message.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="json">A value as <see cref="JsonTree"/> has them.</param>
    /// <exception cref="ProtobufException">The value does not fit; the message names type, path and nearest field.</exception>
    public ProtoMessage Read(MessageDescriptor type, object? json)
    {
        try
        {
            return ReadMessage(type, json, "");
        }
        catch (ProtobufException e)
        {
            throw new ProtobufException($"encode as {type.FullName}: {e.Message}");
        }
    }

    private ProtoMessage ReadMessage(MessageDescriptor type, object? json, string path)
    {
        if (WellKnownJson.Has(type))
        {
            return At(path, () => WellKnownJson.Read(type, json, (inner, value) => ReadMessage(inner, value, path), pool));
        }

        if (json is not IReadOnlyList<KeyValuePair<string, object?>> pairs)
        {
            throw new ProtobufException($"{Place(path)}must be an object of {type.FullName}, got {ScalarJson.Shown(json)}");
        }

        var message = new ProtoMessage(type);
        var seen = new HashSet<int>();
        foreach (var (name, value) in pairs)
        {
            var field = FieldOf(type, name, path);
            if (!seen.Add(field.FieldNumber))
            {
                throw new ProtobufException($"{Place(path)}field \"{name}\" is given twice");
            }

            var inside = path.Length == 0 ? name : $"{path}.{name}";
            if (IsAbsent(field, value))
            {
                continue;
            }

            RequireFreeOneof(message, field, path);
            ReadField(message, field, value, inside);
        }

        return message;
    }

    private FieldDescriptor FieldOf(MessageDescriptor type, string name, string path)
    {
        var fields = type.Fields.InDeclarationOrder();
        var field = fields.FirstOrDefault(f => f.JsonName == name || f.Name == name)
            ?? (name is ['[', .., ']'] ? pool.FindExtension(type, name[1..^1]) : null);
        if (field is not null)
        {
            return field;
        }

        var names = fields.Select(f => f.JsonName).ToList();
        var known = names.Count == 0 ? $"; {type.FullName} has no fields" : NearestName.Suggestion(name, names) is { Length: > 0 } suggestion
            ? suggestion
            : $"; fields of {type.FullName}: {string.Join(", ", names)}";
        throw new ProtobufException($"{Place(path)}unknown field \"{name}\"{known}");
    }

    private static void RequireFreeOneof(ProtoMessage message, FieldDescriptor field, string path)
    {
        if (field.RealContainingOneof is { } oneof && oneof.Fields.FirstOrDefault(f => message[f] is not null) is { } other)
        {
            throw new ProtobufException($"{Place(path)}\"{field.JsonName}\" and \"{other.JsonName}\" are members of one oneof, {oneof.Name}; give one of them");
        }
    }

    private static bool IsAbsent(FieldDescriptor field, object? json) => json is null
        && (field.IsRepeated || field.FieldType switch
        {
            FieldType.Message => field.MessageType.FullName != "google.protobuf.Value",
            FieldType.Enum => field.EnumType.FullName != "google.protobuf.NullValue",
            _ => true,
        });

    private void ReadField(ProtoMessage message, FieldDescriptor field, object? json, string path)
    {
        if (field.IsMap)
        {
            ReadMap(message, field, json, path);
        }
        else if (!field.IsRepeated)
        {
            message.Set(field, ReadValue(field, json, path));
        }
        else if (json is IReadOnlyList<object?> items)
        {
            var list = message.List(field);
            for (var i = 0; i < items.Count; i++)
            {
                list.Add(ReadItem(field, items[i], string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]")));
            }
        }
        else
        {
            throw new ProtobufException($"{Place(path)}must be a list of {FieldKinds.NameOf(field)}, got {ScalarJson.Shown(json)}");
        }
    }

    private void ReadMap(ProtoMessage message, FieldDescriptor field, object? json, string path)
    {
        if (json is not IReadOnlyList<KeyValuePair<string, object?>> entries)
        {
            throw new ProtobufException($"{Place(path)}must be an object, got {ScalarJson.Shown(json)}");
        }

        var map = message.Map(field);
        var keyField = field.MessageType.FindFieldByNumber(1);
        var valueField = field.MessageType.FindFieldByNumber(2);
        foreach (var (name, value) in entries)
        {
            var inside = $"{path}[\"{name}\"]";
            var key = At(inside, () => ScalarJson.ReadKey(keyField, name));
            if (!map.TryAdd(key, ReadItem(valueField, value, inside)))
            {
                throw new ProtobufException($"{Place(inside)}the key is given twice");
            }
        }
    }

    /// <summary>An element of a list or map, which cannot be absent.</summary>
    private object ReadItem(FieldDescriptor field, object? json, string path) => IsAbsent(field, json) || (json is null && !MayBeNull(field))
        ? throw new ProtobufException($"{Place(path)}must be {FieldKinds.NameOf(field)}, got null")
        : ReadValue(field, json, path);

    private static bool MayBeNull(FieldDescriptor field) =>
        field.FieldType is FieldType.Message && field.MessageType.FullName == "google.protobuf.Value"
        || (field.FieldType is FieldType.Enum && field.EnumType.FullName == "google.protobuf.NullValue");

    private object ReadValue(FieldDescriptor field, object? json, string path) =>
        field.FieldType is FieldType.Message or FieldType.Group
            ? ReadMessage(field.MessageType, json, path)
            : At(path, () => ScalarJson.Read(field, json));

    private static T At<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (ProtobufException e) when (path.Length > 0 && !e.Message.StartsWith("at ", StringComparison.Ordinal))
        {
            throw new ProtobufException($"{Place(path)}{e.Message}");
        }
    }

    private static string Place(string path) => path.Length == 0 ? "" : $"at {path}: ";
}
