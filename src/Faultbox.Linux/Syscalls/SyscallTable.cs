using System.Runtime.InteropServices;

namespace Faultbox.Linux.Syscalls;

/// <summary>Names, numbers and argument roles of system calls on the running architecture.</summary>
public static class SyscallTable
{
    private static readonly Dictionary<string, string> Aliases = new(StringComparer.Ordinal)
    {
        ["sigaction"] = "rt_sigaction",
        ["sigprocmask"] = "rt_sigprocmask",
        ["sigreturn"] = "rt_sigreturn",
        ["fstatat"] = "newfstatat",
    };

    private static readonly (string Name, int Number)[] Own =
        RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? SyscallsArm64.Entries : SyscallsX64.Entries;

    private static readonly Dictionary<string, int> Numbers = Own.ToDictionary(e => e.Name, e => e.Number, StringComparer.Ordinal);

    private static readonly HashSet<string> Everywhere =
        [.. SyscallsX64.Entries.Concat(SyscallsArm64.Entries).Select(e => e.Name), .. Aliases.Keys];

    private static readonly string?[] NamesByNumber = Index();

    /// <summary>Names of this architecture, ascending by number.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Own.OrderBy(e => e.Number).Select(e => e.Name)];

    /// <summary>Number of a call or alias on this architecture.</summary>
    public static bool TryGetNumber(string name, out int number) =>
        Numbers.TryGetValue(Aliases.GetValueOrDefault(name, name), out number);

    /// <summary>True when the name is a call or alias on any supported architecture.</summary>
    public static bool Exists(string name) => Everywhere.Contains(name);

    /// <summary>Name of a number; <c>syscall_&lt;n&gt;</c> when it is not in the table.</summary>
    public static string NameOf(int number) =>
        (uint)number < (uint)NamesByNumber.Length && NamesByNumber[number] is { } name ? name : $"syscall_{number}";

    private static string?[] Index()
    {
        var names = new string?[512];
        foreach (var (name, number) in Own)
        {
            names[number] = name;
        }

        return names;
    }
}
