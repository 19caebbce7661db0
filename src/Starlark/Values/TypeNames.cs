namespace Starlark;

/// <summary>The names of types as strings of the language; each is made once.</summary>
internal static class TypeNames
{
    private static readonly System.Collections.Concurrent.ConcurrentDictionary<string, StarlarkString> Known = new(StringComparer.Ordinal);
    private static readonly StarlarkString Int = StarlarkString.Of("int");
    private static readonly StarlarkString String = StarlarkString.Of("string");
    private static readonly StarlarkString List = StarlarkString.Of("list");
    private static readonly StarlarkString Dict = StarlarkString.Of("dict");

    public static StarlarkString Of(Value value) =>
        value.IsInt ? Int
        : value.Ref is StarlarkString ? String
        : value.Ref is StarlarkList ? List
        : value.Ref is StarlarkDict ? Dict
        : Known.GetOrAdd(value.TypeName, StarlarkString.Of);
}
