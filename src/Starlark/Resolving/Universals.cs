namespace Starlark.Resolving;

/// <summary>The names of the language, less those a dialect leaves out.</summary>
internal static class Universals
{
    private static readonly Dictionary<string, Value> Values =
        Universe.Names.ToDictionary(n => n.Key, n => n.Value, StringComparer.Ordinal);

    public static bool TryGet(string name, DialectOptions options, out Value value)
    {
        value = default;
        return (name != "set" || options.Set) && Values.TryGetValue(name, out value);
    }

    public static IEnumerable<string> Names(DialectOptions options) => Values.Keys.Where(n => n != "set" || options.Set);
}
