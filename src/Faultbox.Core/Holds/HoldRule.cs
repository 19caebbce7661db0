using Faultbox.Linux.Syscalls;

namespace Faultbox.Core.Holds;

/// <summary>Calls of a service that wait in a queue instead of being decided.</summary>
public sealed class HoldRule
{
    private readonly bool[] _held;

    /// <summary>Holds the calls of some names; those that this machine does not have are left out.</summary>
    public HoldRule(HoldQueue queue, IEnumerable<string> calls)
    {
        Queue = queue;
        var numbers = calls.Select(c => SyscallTable.TryGetNumber(c, out var number) ? number : -1).Where(n => n >= 0).ToList();
        _held = new bool[numbers.DefaultIfEmpty(-1).Max() + 1];
        numbers.ForEach(n => _held[n] = true);
    }

    /// <summary>Where the calls wait.</summary>
    public HoldQueue Queue { get; }

    /// <summary>True for a call that waits.</summary>
    public bool Covers(int number) => (uint)number < (uint)_held.Length && _held[number];
}
