namespace Faultbox.Core.Proxying;

/// <summary>What becomes of the fields of a head or of trailers. The case of names does not matter.</summary>
/// <param name="Set">Fields that have this value and no other, whether they were there or not.</param>
/// <param name="Add">Fields that are there besides those of the same name.</param>
/// <param name="Remove">Names of fields that are not there.</param>
public sealed record FieldChange(
    IReadOnlyList<KeyValuePair<string, string>> Set, IReadOnlyList<KeyValuePair<string, string>> Add, IReadOnlyList<string> Remove)
{
    /// <summary>As a specification writes it, the parts that are not empty.</summary>
    public IReadOnlyList<string> Arguments =>
    [
        .. Set.Count == 0 ? (IReadOnlyList<string>)[] : [$"set={Dictionary(Set)}"],
        .. Add.Count == 0 ? (IReadOnlyList<string>)[] : [$"add={Dictionary(Add)}"],
        .. Remove.Count == 0 ? (IReadOnlyList<string>)[] : [$"remove=[{string.Join(", ", Remove.Select(n => $"\"{n}\""))}]"],
    ];

    private static string Dictionary(IReadOnlyList<KeyValuePair<string, string>> fields) =>
        $"{{{string.Join(", ", fields.Select(f => $"\"{f.Key}\": \"{f.Value}\""))}}}";
}
