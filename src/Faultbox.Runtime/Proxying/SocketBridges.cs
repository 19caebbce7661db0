using Faultbox.Core.Topology;
using Faultbox.Protocols;
using Faultbox.Protocols.Relay;

namespace Faultbox.Runtime.Proxying;

/// <summary>
/// A port of this host for each interface on a unix socket, by which readiness checks and the steps of <c>seed</c> reach it without its proxy.
/// No rule applies there and nothing is recorded. The port of a container's socket refuses connections until the container is there.
/// </summary>
internal sealed class SocketBridges : IDisposable
{
    private readonly Dictionary<InterfaceAddress, InterfaceProxy> _bridges = [];

    /// <summary>Binds the ports and relays from now on.</summary>
    /// <param name="services">All services.</param>
    /// <param name="warn">Told why a socket cannot be reached.</param>
    public SocketBridges(IReadOnlyList<ServiceDefinition> services, Action<string> warn)
    {
        var declared = services.SelectMany(s => s.Interfaces).Select(i => i.Port).ToHashSet();
        foreach (var service in services)
        {
            foreach (var endpoint in service.Interfaces.Where(i => i.SocketPath is not null))
            {
                var place = new ProxyPlace { Target = new(service.Name, endpoint.Name), Protocol = "tcp", ReservedPorts = declared, Warn = warn };
                var bridge = ProtocolRegistry.ProxyOf("tcp")!.Reserve(place);
                _bridges.Add(place.Target, bridge);
                if (service.Kind != ServiceKind.Container)
                {
                    bridge.Relay(ProxyUpstream.UnixSocket(endpoint.SocketPath!));
                }
            }
        }
    }

    /// <summary>Relays to the sockets of a container from now on.</summary>
    /// <param name="service">Its service.</param>
    /// <param name="process">Its first process.</param>
    public void Relay(ServiceDefinition service, int process)
    {
        foreach (var endpoint in service.Interfaces.Where(i => i.SocketPath is not null))
        {
            _bridges[new(service.Name, endpoint.Name)].Relay(ProxyUpstream.UnixSocket(endpoint.SocketPath!, process));
        }
    }

    /// <summary>Port of each interface.</summary>
    public IEnumerable<KeyValuePair<InterfaceAddress, int>> Ports => _bridges.Select(b => KeyValuePair.Create(b.Key, b.Value.PortOf("")));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var bridge in _bridges.Values)
        {
            bridge.Dispose();
        }
    }
}
