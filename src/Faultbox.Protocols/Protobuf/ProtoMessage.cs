using Google.Protobuf.Reflection;

namespace Faultbox.Protocols.Protobuf;

/// <summary>
/// A message of a type that is known by its descriptor only. Values by kind of field: <c>int</c>, <c>long</c>, <c>uint</c>, <c>ulong</c>,
/// <c>float</c>, <c>double</c>, <c>bool</c>, <c>string</c>, <c>byte[]</c>, <c>int</c> for enums, <see cref="ProtoMessage"/>; a list of
/// those for a repeated field, a dictionary for a map.
/// </summary>
/// <param name="type">Its type.</param>
internal sealed class ProtoMessage(MessageDescriptor type)
{
    private readonly SortedDictionary<int, (FieldDescriptor Field, object Value)> _values = [];

    /// <summary>Its type.</summary>
    public MessageDescriptor Type => type;

    /// <summary>Values that are set, by field number.</summary>
    public IEnumerable<(FieldDescriptor Field, object Value)> Values => _values.Values;

    /// <summary>Fields that the type does not have, as they came: tags and values.</summary>
    public MemoryStream Unknown { get; } = new();

    /// <summary>Bytes of unknown fields, here and in messages inside.</summary>
    public long UnknownBytes => Unknown.Length + Values.Sum(v => v.Value switch
    {
        ProtoMessage message => message.UnknownBytes,
        List<object> items => items.OfType<ProtoMessage>().Sum(m => m.UnknownBytes),
        Dictionary<object, object> map => map.Values.OfType<ProtoMessage>().Sum(m => m.UnknownBytes),
        _ => 0,
    });

    /// <summary>Value of a field; null when it is not set.</summary>
    public object? this[FieldDescriptor field] => _values.TryGetValue(field.FieldNumber, out var entry) ? entry.Value : null;

    /// <summary>Value of a field by number; null when it is not set.</summary>
    public object? this[int number] => _values.TryGetValue(number, out var entry) ? entry.Value : null;

    /// <summary>Sets a field; the other members of its oneof are no longer set.</summary>
    public void Set(FieldDescriptor field, object value)
    {
        foreach (var other in field.ContainingOneof?.Fields ?? [])
        {
            if (other.FieldNumber != field.FieldNumber)
            {
                _values.Remove(other.FieldNumber);
            }
        }

        _values[field.FieldNumber] = (field, value);
    }

    /// <summary>The list of a repeated field, made when it is not set.</summary>
    public List<object> List(FieldDescriptor field) => Made(field, () => new List<object>());

    /// <summary>The entries of a map, made when it is not set.</summary>
    public Dictionary<object, object> Map(FieldDescriptor field) => Made(field, () => new Dictionary<object, object>());

    private T Made<T>(FieldDescriptor field, Func<T> make)
        where T : class
    {
        if (this[field] is T known)
        {
            return known;
        }

        var made = make();
        Set(field, made);
        return made;
    }
}
