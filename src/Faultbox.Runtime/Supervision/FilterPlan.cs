using Faultbox.Linux.Syscalls;

namespace Faultbox.Runtime.Supervision;

/// <summary>Which calls the filter of each service intercepts. Grows when a test needs a call that was not foreseen.</summary>
internal sealed class FilterPlan
{
    private readonly Dictionary<string, SortedSet<string>> _calls = new(StringComparer.Ordinal);

    /// <summary>Starts from the calls the loaded specification may ever need.</summary>
    public FilterPlan(SpecModel spec)
    {
        foreach (var service in spec.Services.Where(s => s.Seccomp))
        {
            if (spec.FilteredSyscalls.TryGetValue(service.Name, out var calls))
            {
                Extend(service.Name, calls);
                if (service.AllowIoUring && calls.Count > 0)
                {
                    // Seeing a ring come to be explains rules that never match.
                    Extend(service.Name, ["io_uring_setup"]);
                }
            }
        }
    }

    /// <summary>Kernel names of the intercepted calls, ordinal order; empty for a service without a filter.</summary>
    public IReadOnlyCollection<string> CallsOf(string service) =>
        _calls.TryGetValue(service, out var calls) ? calls : [];

    /// <summary>Numbers of the intercepted calls on this machine.</summary>
    public IReadOnlyCollection<int> NumbersOf(string service)
    {
        List<int> numbers = [];
        foreach (var call in CallsOf(service))
        {
            if (SyscallTable.TryGetNumber(call, out var number))
            {
                numbers.Add(number);
            }
        }

        return numbers;
    }

    /// <summary>Calls of this machine that the filter of a service does not intercept.</summary>
    public IReadOnlyList<string> Missing(string service, IEnumerable<string> calls)
    {
        var intercepted = CallsOf(service);
        return [.. calls.Where(c => SyscallTable.TryGetNumber(c, out _) && !intercepted.Contains(c)).Distinct()];
    }

    /// <summary>
    /// Adds calls for the next launch of a service, with their siblings: seeing the call that did the work explains why a rule matched nothing.
    /// </summary>
    public void Extend(string service, IReadOnlyCollection<string> calls)
    {
        if (!_calls.TryGetValue(service, out var known))
        {
            _calls.Add(service, known = new SortedSet<string>(StringComparer.Ordinal));
        }

        known.UnionWith(calls);
        known.UnionWith(SyscallSiblings.Of(calls));
    }
}
