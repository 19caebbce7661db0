using Faultbox.Linux.Syscalls;

namespace Faultbox.Runtime.Supervision;

/// <summary>Which calls the filter of each service intercepts. Grows when a test needs a call that was not foreseen.</summary>
public sealed class FilterPlan
{
    private readonly Dictionary<string, SortedSet<string>> _calls = new(StringComparer.Ordinal);

    /// <summary>Starts from the calls the loaded specification may ever need and those that earlier runs of it turned out to need.</summary>
    internal FilterPlan(SpecModel spec, LearnedFilters? learned)
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

        foreach (var (service, calls) in learned?.Read() ?? [])
        {
            if (spec.FindService(service) is { Seccomp: true })
            {
                Extend(service, calls);
            }
        }
    }

    /// <summary>
    /// What the filters of a run would intercept when nothing new is learned: the calls that the specification names, those that earlier
    /// runs of it needed, and the siblings of both. Services that run without a filter are absent.
    /// </summary>
    public static IReadOnlyDictionary<string, IReadOnlyCollection<string>> Foresee(SpecModel spec)
    {
        var plan = new FilterPlan(spec, LearnedFilters.Of(spec));
        return spec.Services.Select(s => s.Name).Where(s => plan.CallsOf(s).Count > 0).ToDictionary(s => s, plan.CallsOf);
    }

    /// <summary>Kernel names of the intercepted calls, ordinal order; empty for a service without a filter.</summary>
    internal IReadOnlyCollection<string> CallsOf(string service) =>
        _calls.TryGetValue(service, out var calls) ? calls : [];

    /// <summary>Numbers of the intercepted calls on this machine.</summary>
    internal IReadOnlyCollection<int> NumbersOf(string service)
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
    internal IReadOnlyList<string> Missing(string service, IEnumerable<string> calls)
    {
        var intercepted = CallsOf(service);
        return [.. calls.Where(c => SyscallTable.TryGetNumber(c, out _) && !intercepted.Contains(c)).Distinct()];
    }

    /// <summary>
    /// Adds calls for the next launch of a service, with their siblings: seeing the call that did the work explains why a rule matched nothing.
    /// </summary>
    internal void Extend(string service, IReadOnlyCollection<string> calls)
    {
        if (!_calls.TryGetValue(service, out var known))
        {
            _calls.Add(service, known = new SortedSet<string>(StringComparer.Ordinal));
        }

        known.UnionWith(calls);
        known.UnionWith(SyscallSiblings.Of(calls));
    }
}
