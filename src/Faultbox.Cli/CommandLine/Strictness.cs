namespace Faultbox.Cli.CommandLine;

/// <summary>The flag about determinism, which takes its value behind an equals sign only.</summary>
internal static class Strictness
{
    /// <summary>The flag.</summary>
    public const string On = "--strict-determinism";

    /// <summary>Its opposite.</summary>
    public const string Off = "--no-strict-determinism";

    /// <summary>Writes <c>--strict-determinism=true</c> and <c>=false</c> as the flags that they stand for; the last one wins.</summary>
    /// <exception cref="UsageException">Another value is given.</exception>
    public static string[] Normalize(string[] arguments)
    {
        string[] plain = [.. arguments.Select(Plain)];
        var last = Array.FindLastIndex(plain, a => a is On or Off);
        return last < 0 || arguments[0] != "test" ? arguments : [.. plain.Where((a, i) => i == last || a is not (On or Off))];
    }

    private static string Plain(string argument) => !argument.StartsWith($"{On}=", StringComparison.Ordinal)
        ? argument
        : argument[(On.Length + 1)..] switch
        {
            "true" => On,
            "false" => Off,
            var value => throw new UsageException($"unknown value for {On}: \"{value}\" (use true|false)"),
        };
}
