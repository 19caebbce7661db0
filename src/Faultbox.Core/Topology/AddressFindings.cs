using Faultbox.Core.Diagnostics;

namespace Faultbox.Core.Topology;

/// <summary>What is wrong with the addresses of a topology as it was declared.</summary>
public static class AddressFindings
{
    /// <summary>Ports that two services bind on this host, and services whose variables share a spelling.</summary>
    public static IReadOnlyList<Diagnostic> Of(IReadOnlyList<ServiceDefinition> services) =>
        [.. PortConflicts(services), .. NameCollisions(services)];

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
            foreach (var endpoint in service.Interfaces.Where(i => !own.Contains(i.Port) && faulted.Contains(new(service.Name, i.Name))))
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
            .SelectMany(s => s.Interfaces.Select(i => (Service: s, i.Port, Udp: i.Protocol == "udp")))
            .GroupBy(t => (t.Port, t.Udp))
            .Where(g => g.Select(t => t.Service.Name).Distinct().Count() > 1)
            .Select(g => new Diagnostic(
                "PORT_CONFLICT",
                $"port {g.Key.Port} is bound by {string.Join(" and ", g.Select(t => $"\"{t.Service.Name}\"").Distinct())}; only one of them can start")
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
}
