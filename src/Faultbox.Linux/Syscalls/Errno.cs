namespace Faultbox.Linux.Syscalls;

/// <summary>An error number of the kernel.</summary>
/// <param name="Number">Number, equal on both architectures.</param>
/// <param name="Name">Name such as <c>EIO</c>.</param>
/// <param name="Message">GNU C library text, first letter in lower case.</param>
public readonly record struct Errno(int Number, string Name, string Message)
{
    private static readonly Dictionary<string, Errno> ByName = Build();

    /// <summary>Every error number, ascending.</summary>
    public static IReadOnlyList<Errno> All => ErrnoTable.Entries;

    /// <summary>Finds an error number by name, in any case.</summary>
    public static bool TryParse(string name, out Errno errno) => ByName.TryGetValue(name, out errno);

    /// <summary>The entry of a number; an unknown one is named <c>errno &lt;n&gt;</c>.</summary>
    public static Errno FromNumber(int number)
    {
        foreach (var entry in ErrnoTable.Entries)
        {
            if (entry.Number == number)
            {
                return entry;
            }
        }

        return new Errno(number, $"errno {number}", $"unknown error {number}");
    }

    private static Dictionary<string, Errno> Build()
    {
        var byName = new Dictionary<string, Errno>(StringComparer.OrdinalIgnoreCase);
        foreach (var entry in ErrnoTable.Entries)
        {
            byName[entry.Name] = entry;
        }

        foreach (var (alias, name) in ErrnoTable.Aliases)
        {
            byName[alias] = byName[name];
        }

        return byName;
    }
}
