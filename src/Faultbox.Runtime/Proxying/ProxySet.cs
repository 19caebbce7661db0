using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Faultbox.Core.Events;
using Faultbox.Core.Topology;
using Faultbox.Protocols;
using Faultbox.Protocols.Relay;

namespace Faultbox.Runtime.Proxying;

/// <summary>
/// The proxies of a run, one for each interface. Their ports are bound before the first service starts and never change, so that
/// addresses can be given to services in any order and stay right across tests and restarts.
/// </summary>
internal sealed class ProxySet : IDisposable
{
    /// <summary>Names the address to bind.</summary>
    public const string BindVariable = "FAULTBOX_PROXY_BIND";

    private readonly Dictionary<InterfaceAddress, InterfaceProxy> _proxies = [];
    private readonly string _socketDirectory;

    /// <summary>Binds the ports.</summary>
    /// <param name="services">Declared services.</param>
    /// <param name="observer">Told what goes wrong.</param>
    /// <param name="security">Certificates of the run.</param>
    /// <param name="directory">Directory of the run.</param>
    /// <exception cref="UsageException">The variable that names the address to bind is malformed, or no port of it can be bound.</exception>
    public ProxySet(IReadOnlyList<ServiceDefinition> services, IRunObserver observer, RunSecurity security, string directory)
    {
        _socketDirectory = Path.Combine(directory, "sockets");
        Address = BindAddress(services);
        var declared = services.SelectMany(s => s.Interfaces).Select(i => i.Port).ToHashSet();
        foreach (var service in services.Where(s => s.Kind != ServiceKind.Mock))
        {
            string[] consumers = [EventNames.Driver, .. services.Select(s => s.Name).Where(n => n != service.Name)];
            foreach (var endpoint in service.Interfaces)
            {
                if (ProtocolRegistry.ProxyOf(endpoint.Protocol) is { } support)
                {
                    var place = new ProxyPlace
                    {
                        Target = new InterfaceAddress(service.Name, endpoint.Name),
                        Protocol = endpoint.Protocol,
                        BindAddress = Address,
                        Consumers = consumers,
                        ReservedPorts = declared,
                        SocketDirectory = endpoint.SocketPath is null ? null : _socketDirectory,
                        Tls = endpoint.Tls is { } tls
                            ? new ProxyTls(tls, service.Remote?.Upstreams[endpoint.Name].Host ?? RunSecurity.ServiceHost, flaw => security.Issue(service, flaw))
                            : null,
                        Warn = text => observer.Log(RunLogLevel.Warning, "proxy", text, []),
                    };
                    _proxies.Add(place.Target, Reserve(support, place));
                }
            }
        }
    }

    /// <summary>Port of each consumer and interface.</summary>
    public IReadOnlyDictionary<ProxyRoute, int> Ports => _proxies
        .SelectMany(p => p.Value.Consumers.Select(c => (Route: new ProxyRoute(c, p.Key), Port: p.Value.PortOf(c))))
        .ToDictionary(p => p.Route, p => p.Port);

    /// <summary>Unix socket of each consumer and interface on one.</summary>
    public IReadOnlyDictionary<ProxyRoute, string> SocketPaths => _proxies
        .SelectMany(p => p.Value.Consumers.Select(c => (Route: new ProxyRoute(c, p.Key), Path: p.Value.SocketOf(c))))
        .Where(p => p.Path is not null)
        .ToDictionary(p => p.Route, p => p.Path!);

    /// <summary>Where the proxies are bound.</summary>
    public IPAddress Address { get; }

    /// <summary>True when only programs of this host reach them.</summary>
    public bool IsOfHostOnly => IPAddress.IsLoopback(Address);

    /// <summary>The proxies that a container is sent to by its texts, with their ports.</summary>
    /// <param name="container">The container.</param>
    /// <param name="texts">Its environment values and arguments with the addresses put in.</param>
    public IEnumerable<(InterfaceAddress Target, int Port, bool Datagrams)> GivenTo(ServiceDefinition container, IEnumerable<string> texts)
    {
        var given = string.Join('\n', texts);
        return _proxies
            .Where(p => p.Key.Service != container.Name)
            .Select(p => (p.Key, Port: p.Value.PortOf(container.Name), p.Value.IsOfDatagrams))
            .Where(p => given.Contains(string.Create(CultureInfo.InvariantCulture, $"{AddressPlan.HostName}:{p.Port}"), StringComparison.Ordinal));
    }

    /// <summary>Every port of an interface's proxy; empty when it has none.</summary>
    public IEnumerable<int> PortsOf(InterfaceAddress target) => Find(target)?.Ports ?? [];

    /// <summary>The proxy of an interface; null when it has none.</summary>
    public InterfaceProxy? Find(InterfaceAddress target) => _proxies.GetValueOrDefault(target);

    /// <summary>The proxies of a service, in the order of its interfaces.</summary>
    public IEnumerable<InterfaceProxy> Of(ServiceDefinition service) =>
        service.Interfaces.Select(i => Find(new InterfaceAddress(service.Name, i.Name))).OfType<InterfaceProxy>();

    /// <summary>Resets every connection to a service that is about to stop, or has ended.</summary>
    /// <param name="service">The service.</param>
    /// <param name="hasDied">True when it has ended.</param>
    public void Orphan(ServiceDefinition service, bool hasDied = false)
    {
        foreach (var proxy in Of(service))
        {
            proxy.Orphan(hasDied);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var proxy in _proxies.Values)
        {
            proxy.Dispose();
        }
    }

    private InterfaceProxy Reserve(ProxySupport support, ProxyPlace place)
    {
        try
        {
            return support.Reserve(place);
        }
        catch (SocketException e)
        {
            Dispose();
            throw new UsageException($"proxy of {place.Target}: cannot bind at {place.BindAddress}: {e.Message}");
        }
    }

    /// <summary>Containers reach this host through its bridge, so loopback alone serves only programs of this host.</summary>
    private static IPAddress BindAddress(IReadOnlyList<ServiceDefinition> services)
    {
        var text = Environment.GetEnvironmentVariable(BindVariable);
        if (!string.IsNullOrEmpty(text))
        {
            return !IPAddress.TryParse(text, out var address)
                ? throw new UsageException($"{BindVariable}: \"{text}\" is no IP address; write for example 127.0.0.1")
                : address.Equals(IPAddress.Loopback) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) ? address
                : throw new UsageException(
                    $"{BindVariable}: services reach proxies at 127.0.0.1, which {text} does not serve; write 127.0.0.1, 0.0.0.0, or :: for both versions of IP");
        }

        return services.Any(s => s.Kind == ServiceKind.Container) ? IPAddress.Any : IPAddress.Loopback;
    }
}
