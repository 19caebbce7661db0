namespace Starlark.Resolving;

/// <summary>The names of the language, less those a dialect leaves out.</summary>
internal static class Universals
{
    private static readonly NameTable Values = Table();

    public static bool TryGet(string name, DialectOptions options, out Value value)
    {
        value = default;
        return (name != "set" || options.Set) && Values.TryGetValue(name, out value);
    }

    private static NameTable Table()
    {
        var table = new NameTable();
        foreach (var (name, value) in Universe.Entries)
        {
            table[name] = value;
        }

        return table;
    }

    public static IEnumerable<string> Names(DialectOptions options) => Values.Keys.Where(n => n != "set" || options.Set);
}
