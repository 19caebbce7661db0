using Faultbox.Linux.Syscalls;

namespace Faultbox.Core.Faults;

/// <summary>
/// Destinations of a rule, any of which may be meant. A declared service is followed to the address that it has after a restart; the names
/// of other hosts are looked up once.
/// </summary>
internal sealed class DestinationScope
{
    private readonly IAddressBook? _addresses;
    private readonly IReadOnlyList<(string Name, int Port)> _declared;
    private readonly DestinationPattern[] _fixed;
    private Resolved _resolved;

    /// <summary>Resolves destinations.</summary>
    /// <param name="destinations">Services, interfaces, addresses, networks, host names, each with or without a port, and socket paths.</param>
    /// <param name="keyword">Keyword of the rule, for messages.</param>
    /// <param name="options">Surroundings of the service.</param>
    /// <exception cref="FaultRejectedException">A destination is unknown.</exception>
    public DestinationScope(IReadOnlyList<string> destinations, string keyword, FaultEngineOptions options)
    {
        _addresses = options.Addresses;
        List<(string, int)> declared = [];
        List<DestinationPattern> found = [];
        foreach (var text in destinations)
        {
            if (DestinationPattern.TryParse(text, out var pattern))
            {
                found.Add(pattern);
            }
            else if (!TryResolve(text, 0, declared, found)
                && !(DestinationPattern.SplitPort(text, out var host, out var port) && TryResolve(host, port, declared, found)))
            {
                throw new FaultRejectedException(
                    $"{keyword}= on \"{options.Service}\": to=\"{text}\" is no declared service or interface and no address; "
                    + "write a service, \"host:port\", \"cidr\" or a socket path");
            }
        }

        (_declared, _fixed) = (declared, [.. found]);
        _resolved = Resolve();
    }

    private sealed record Resolved(int Version, DestinationPattern[] Patterns);

    /// <summary>Tells whether a destination is meant. Any thread; allocates only after a service has moved.</summary>
    public bool Covers(in SocketDestination destination)
    {
        var resolved = Volatile.Read(ref _resolved);
        if (_addresses is not null && resolved.Version != _addresses.Version)
        {
            Volatile.Write(ref _resolved, resolved = Resolve());
        }

        foreach (ref readonly var pattern in resolved.Patterns.AsSpan())
        {
            if (pattern.Covers(destination))
            {
                return true;
            }
        }

        return false;
    }

    private bool TryResolve(string name, int port, List<(string Name, int Port)> declared, List<DestinationPattern> found)
    {
        if (_addresses?.Declares(name) == true)
        {
            declared.Add((name, port));
            return true;
        }

        if (_addresses?.Find(name) is not { } patterns)
        {
            return false;
        }

        found.AddRange(port == 0 ? patterns : patterns.Select(p => p.WithPort(port)));
        return true;
    }

    private Resolved Resolve()
    {
        // The version comes first: an address that changes meanwhile is found with the next call.
        var version = _addresses?.Version ?? 0;
        return new Resolved(version, [.. _fixed, .. _declared.SelectMany(Addresses)]);
    }

    private IEnumerable<DestinationPattern> Addresses((string Name, int Port) declared) =>
        _addresses!.Find(declared.Name)!.Select(p => declared.Port == 0 ? p : p.WithPort(declared.Port));
}
