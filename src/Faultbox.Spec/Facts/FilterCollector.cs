using Faultbox.Core.Topology;
using Faultbox.Linux.Syscalls;
using Faultbox.Spec.Faults;

namespace Faultbox.Spec.Facts;

/// <summary>Adds up which calls of which service a specification may ever need, as kernel names.</summary>
internal sealed class FilterCollector
{
    private readonly IReadOnlyList<ServiceDefinition> _services;
    private readonly Dictionary<string, SortedSet<string>> _calls = new(StringComparer.Ordinal);
    private readonly HashSet<string> _named = new(StringComparer.Ordinal);
    private readonly HashSet<string> _targeted = new(StringComparer.Ordinal);
    private readonly HashSet<string> _openServices = new(StringComparer.Ordinal);

    /// <summary>Starts with nothing.</summary>
    /// <param name="services">Declared services.</param>
    public FilterCollector(IReadOnlyList<ServiceDefinition> services)
    {
        _services = services;
        _named.UnionWith(services.SelectMany(s => s.Operations.Values).SelectMany(SyscallKeywords.Calls));
    }

    /// <summary>Services whose calls can be intercepted at all.</summary>
    public IEnumerable<ServiceDefinition> Launchable =>
        _services.Where(s => s.Kind is ServiceKind.Binary or ServiceKind.Container && s.Seccomp);

    /// <summary>Adds a keyword for a service; what is neither an operation of the service nor a call adds nothing.</summary>
    public void Add(ServiceDefinition service, string keyword)
    {
        var calls = service.Operations.TryGetValue(keyword, out var operation)
            ? SyscallKeywords.Calls(operation)
            : SyscallFamilies.Expand(keyword);
        _named.UnionWith(calls);
        if (!_calls.TryGetValue(service.Name, out var known))
        {
            _calls.Add(service.Name, known = new SortedSet<string>(StringComparer.Ordinal));
        }

        known.UnionWith(calls);
    }

    /// <summary>Notes a keyword that some window may use; a name that is no call adds nothing.</summary>
    public void NoteNamed(string keyword) => _named.UnionWith(SyscallFamilies.Expand(keyword));

    /// <summary>Notes that a service may need any call that the specification names anywhere.</summary>
    public void AddEverything(ServiceDefinition service) => _openServices.Add(service.Name);

    /// <summary>Notes that a fault names a service, not that it may be any.</summary>
    public void AddTarget(ServiceDefinition service) => _targeted.Add(service.Name);

    /// <summary>Adds what the detection of nondeterminism looks at, for services that are the target of a fault anyway.</summary>
    public void AddDetection()
    {
        foreach (var service in Launchable.Where(s => _targeted.Contains(s.Name)))
        {
            foreach (var call in (ReadOnlySpan<string>)["clock_gettime", "getrandom", "connect"])
            {
                Add(service, call);
            }
        }
    }

    /// <summary>The calls per service; services that need none have no entry.</summary>
    public IReadOnlyDictionary<string, IReadOnlyCollection<string>> Result()
    {
        var filters = new Dictionary<string, IReadOnlyCollection<string>>(StringComparer.Ordinal);
        foreach (var service in Launchable)
        {
            var calls = new SortedSet<string>(_calls.GetValueOrDefault(service.Name) ?? [], StringComparer.Ordinal);
            if (_openServices.Contains(service.Name))
            {
                calls.UnionWith(_named);
            }

            if (calls.Count > 0)
            {
                filters.Add(service.Name, calls);
            }
        }

        return filters;
    }
}
