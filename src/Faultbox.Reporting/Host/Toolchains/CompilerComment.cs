using System.Text;
using System.Text.RegularExpressions;

namespace Faultbox.Reporting.Host.Toolchains;

/// <summary>The compiler that signed the comment section of a program; a Rust program also carries the C compiler of its start-up code.</summary>
internal static partial class CompilerComment
{
    public static string? Version(ElfFile elf)
    {
        if (elf.Section(".comment") is not { } section)
        {
            return null;
        }

        var text = Encoding.ASCII.GetString(section);
        return Find(Rust(), "rustc") ?? Find(Clang(), "clang") ?? Find(Gcc(), "gcc");

        string? Find(Regex pattern, string name) => pattern.Match(text) is { Success: true } found ? $"{name} {found.Groups[1].Value}" : null;
    }

    [GeneratedRegex(@"rustc version ([0-9][^ \0]*)")]
    private static partial Regex Rust();

    [GeneratedRegex(@"clang version ([0-9][^ \0]*)")]
    private static partial Regex Clang();

    [GeneratedRegex(@"GCC: \([^)]*\) ([0-9][^ \0]*)")]
    private static partial Regex Gcc();
}
