using Faultbox.Linux.Syscalls;

namespace Faultbox.Core.Faults;

/// <summary>
/// The rules in force on one service, by call number: fault rules of the newest window first, in keyword order, then trace rules.
/// Immutable; a change of windows publishes a new table.
/// </summary>
internal sealed class RuleTable
{
    private readonly ActiveRule[]?[] _byNumber;

    private RuleTable(ActiveRule[]?[] byNumber) => _byNumber = byNumber;

    /// <summary>No rules.</summary>
    public static RuleTable Empty { get; } = new([]);

    /// <summary>Builds the table of a window stack.</summary>
    /// <param name="windows">Open windows, oldest first.</param>
    public static RuleTable Of(IReadOnlyList<RuleWindow> windows)
    {
        var byNumber = new List<ActiveRule>?[SyscallTable.Names.Max(NumberOf) + 1];
        foreach (var window in windows.Reverse().OrderBy(w => w.IsTrace))
        {
            foreach (var rule in window.Rules)
            {
                foreach (var number in rule.Rule.Syscalls.Select(NumberOf).Where(n => n >= 0))
                {
                    (byNumber[number] ??= []).Add(rule);
                }
            }
        }

        return new RuleTable([.. byNumber.Select(rules => rules?.ToArray())]);
    }

    /// <summary>Rules on a call, in the order they are consulted.</summary>
    public ReadOnlySpan<ActiveRule> On(int number) => (uint)number < (uint)_byNumber.Length ? _byNumber[number] : [];

    private static int NumberOf(string name) => SyscallTable.TryGetNumber(name, out var number) ? number : -1;
}
