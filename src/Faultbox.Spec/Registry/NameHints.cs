namespace Faultbox.Spec.Registry;

/// <summary>What to use instead of names that people expect from other languages.</summary>
internal static class NameHints
{
    private static readonly Dictionary<string, string> Hints = new(StringComparer.Ordinal)
    {
        ["open"] = "use load_file, load_yaml or load_json to read a file",
        ["time"] = "a specification sees no clock; use duration(\"1s\") for a length of time and sleep(\"1s\") to wait",
        ["random"] = "a specification has no randomness of its own; use probability= of a fault, which is drawn from the seed",
        ["os"] = "a specification cannot see the environment",
        ["sys"] = "a specification cannot see the interpreter",
        ["re"] = "use the methods of string, such as startswith, find and split",
        ["sum"] = "add the items in a loop",
        ["map"] = "use a comprehension: [f(x) for x in items]",
        ["filter"] = "use a comprehension: [x for x in items if f(x)]",
        ["eval"] = "code cannot be made from text; write a function",
        ["exec"] = "code cannot be made from text; write a function",
        ["input"] = "a specification takes no input; read a file with load_file",
    };

    /// <summary>The hint for an undefined name, or null.</summary>
    public static string? For(string name) => Hints.GetValueOrDefault(name);
}
