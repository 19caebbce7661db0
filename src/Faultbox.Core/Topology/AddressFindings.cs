using Faultbox.Core.Diagnostics;

namespace Faultbox.Core.Topology;

/// <summary>What is wrong with the addresses of a topology as it was declared.</summary>
public static class AddressFindings
{
    private static readonly string[] HostSuffixes = ["HOST", "ADDR", "ADDRESS", "SERVER", "ENDPOINT", "URL"];

    /// <summary>
    /// Ports that two services bind on this host, services whose variables share a spelling, addresses that mean something else or nothing
    /// where they are used, and names that no container can be reached by.
    /// </summary>
    public static IReadOnlyList<Diagnostic> Of(IReadOnlyList<ServiceDefinition> services) =>
    [
        .. PortConflicts(services),
        .. NameCollisions(services),
        .. services.Where(s => s.Kind is ServiceKind.Binary or ServiceKind.Container).SelectMany(s => MisplacedAddresses(s, services)),
        .. services.Where(s => s.Kind == ServiceKind.Container && Uri.CheckHostName(s.Name) != UriHostNameType.Dns).Select(NotDns),
    ];

    /// <summary>
    /// Addresses in a service's texts that would bypass the proxy of an interface although a fault targets it.
    /// </summary>
    /// <param name="consumer">A service that is a program of this host.</param>
    /// <param name="built">Its final environment and arguments.</param>
    /// <param name="plan">Addresses of the topology.</param>
    /// <param name="faulted">Interfaces that protocol faults target.</param>
    public static IEnumerable<Diagnostic> NotRewritten(
        ServiceDefinition consumer, ServiceEnvironment built, AddressPlan plan, IReadOnlyCollection<InterfaceAddress> faulted)
    {
        var own = consumer.Interfaces.Select(i => i.Port).ToHashSet();
        var declared = consumer.Environment.Select(e => e.Key).ToHashSet(StringComparer.Ordinal);
        var texts = built.Environment
            .Select(entry => (Where: $"env {entry[..entry.IndexOf('=')]}", Name: entry[..entry.IndexOf('=')], Text: entry[(entry.IndexOf('=') + 1)..]))
            .Where(t => declared.Contains(t.Name))
            .Select(t => (t.Where, t.Text))
            .Concat(built.Arguments.Select((text, i) => (Where: $"args[{i}]", Text: text)))
            .ToList();
        foreach (var service in plan.Services.Where(s => s.Name != consumer.Name && s.Kind != ServiceKind.Mock))
        {
            foreach (var endpoint in service.Interfaces.Where(i => i.SocketPath is null && !own.Contains(i.Port) && faulted.Contains(new(service.Name, i.Name))))
            {
                var direct = $"localhost:{endpoint.Port}";
                foreach (var (where, _) in texts.Where(t => AddressRewriter.Mentions(t.Text, endpoint.Port)))
                {
                    yield return new Diagnostic(
                        "ADDRESS_NOT_REWRITTEN",
                        $"service \"{consumer.Name}\", {where}: {direct} reaches {service.Name}.{endpoint.Name} without its proxy, "
                        + "so faults on it do nothing for this service")
                    {
                        Service = consumer.Name,
                        Position = consumer.Position,
                    };
                }
            }
        }
    }

    private static IEnumerable<Diagnostic> PortConflicts(IReadOnlyList<ServiceDefinition> services) =>
        services.Where(s => s.Kind is ServiceKind.Binary or ServiceKind.Mock)
            .SelectMany(s => s.Interfaces.Select(i => (Service: s, Place: i.SocketPath is { } path ? $"unix socket {path}" : $"port {i.Port}", Udp: i.Protocol == "udp")))
            .GroupBy(t => (t.Place, t.Udp))
            .Where(g => g.Select(t => t.Service.Name).Distinct().Count() > 1)
            .Select(g => new Diagnostic(
                "PORT_CONFLICT",
                $"{g.Key.Place} is bound by {string.Join(" and ", g.Select(t => $"\"{t.Service.Name}\"").Distinct())}; only one of them can start")
            {
                Service = g.Last().Service.Name,
                Position = g.Last().Service.Position,
            });

    private static IEnumerable<Diagnostic> NameCollisions(IReadOnlyList<ServiceDefinition> services) =>
        InjectedVariables.SharedSpellings(services).Select(g => new Diagnostic(
            "ENV_NAME_COLLISION",
            $"{string.Join(" and ", g)} share the variable name {g.Key}_ADDR; only the exact spellings are provided")
        {
            Service = g.Last().Service,
            Position = services.First(s => s.Name == g.Last().Service).Position,
        });

    private static IEnumerable<Diagnostic> MisplacedAddresses(ServiceDefinition consumer, IReadOnlyList<ServiceDefinition> services)
    {
        var texts = consumer.Environment.Select(e => (Where: $"env {e.Key}", Name: e.Key, Text: e.Value))
            .Concat(consumer.Arguments.Select((a, i) => (Where: $"args[{i}]", Name: "", Text: a)));
        var own = consumer.Interfaces.Select(i => i.Port).ToHashSet();
        var others = services.Where(s => s.Name != consumer.Name).ToList();
        foreach (var (where, name, text) in texts)
        {
            foreach (var service in others)
            {
                foreach (var endpoint in service.Interfaces)
                {
                    var target = new InterfaceAddress(service.Name, endpoint.Name);
                    if (consumer.Kind == ServiceKind.Container)
                    {
                        if (service.Kind is ServiceKind.Container or ServiceKind.Remote
                            && !own.Contains(endpoint.Port) && AddressRewriter.Mentions(text, endpoint.Port))
                        {
                            yield return Finding(
                                "ADDR_IN_CONTAINER_ENV",
                                consumer,
                                $"{where}: localhost:{endpoint.Port} is the container itself, not {target}; write {target}.internal_addr, or .proxy_addr");
                        }
                    }
                    else if (service.Kind == ServiceKind.Container && AddressRewriter.Contains(text, $"{service.Name}:{endpoint.Port}"))
                    {
                        yield return Finding(
                            "INTERNAL_ADDR_IN_BINARY_ENV",
                            consumer,
                            $"{where}: {service.Name}:{endpoint.Port} is a name that only containers resolve; write {target}.proxy_addr");
                    }
                }

                if (consumer.Kind == ServiceKind.Binary && service.Kind == ServiceKind.Container && text == service.Name && NamesHost(name))
                {
                    yield return Finding(
                        "INTERNAL_ADDR_IN_BINARY_ENV",
                        consumer,
                        $"{where}: \"{service.Name}\" is a name that only containers resolve; write proxy_host and proxy_port of its interface");
                }
            }
        }
    }

    private static bool NamesHost(string variable) => HostSuffixes.Any(s => variable.EndsWith(s, StringComparison.Ordinal));

    private static Diagnostic NotDns(ServiceDefinition service) => Finding(
        "NAME_NOT_DNS", service, "its name is no host name, so other containers may not find it");

    private static Diagnostic Finding(string code, ServiceDefinition service, string text) => new(code, $"service \"{service.Name}\", {text}")
    {
        Service = service.Name,
        Position = service.Position,
    };
}
