using System.Collections.Concurrent;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Faultbox.Core.Faults;
using Faultbox.Core.Topology;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Runtime.Services;

/// <summary>Where the services of a specification are reachable, from this host and from containers.</summary>
internal sealed class AddressBook : IAddressBook
{
    private readonly Dictionary<string, Place> _places = new(StringComparer.Ordinal);
    private readonly Dictionary<int, string> _services = [];
    private readonly HashSet<int> _declared = [];
    private readonly ConcurrentDictionary<string, IPAddress> _containers = new(StringComparer.Ordinal);
    private readonly Lazy<IReadOnlyList<IPAddress>> _host = new(HostAddresses);
    private int _version;

    /// <summary>Collects the declared interfaces and their proxies.</summary>
    /// <param name="plan">Addresses of the topology.</param>
    /// <param name="proxyPorts">Ports of the proxy of an interface.</param>
    public AddressBook(AddressPlan plan, Func<InterfaceAddress, IEnumerable<int>> proxyPorts)
    {
        foreach (var service in plan.Services)
        {
            List<Place> places = [];
            foreach (var declared in service.Interfaces)
            {
                var target = new InterfaceAddress(service.Name, declared.Name);
                var direct = plan.Direct(service, declared);
                List<int> ports = [.. proxyPorts(target)];
                if (direct.Host == "localhost" || (IPAddress.TryParse(direct.Host, out var address) && IPAddress.IsLoopback(address)))
                {
                    ports.Insert(0, direct.Port);
                }

                places.Add(new Place(service.Name, ports, [declared.Port], [.. ports.SelectMany(Loopback), .. Literal(direct), .. Sockets(plan, target, declared)]));
                _places[target.ToString()] = places[^1];
                _declared.Add(declared.Port);
                ports.ForEach(p => _services.TryAdd(p, service.Name));
            }

            _places[service.Name] = new Place(
                service.Name,
                [.. places.SelectMany(p => p.HostPorts)],
                [.. places.SelectMany(p => p.OwnPorts)],
                [.. places.SelectMany(p => p.Patterns)]);
        }
    }

    /// <summary>Learns the address at which other containers reach the container of a service.</summary>
    public void Join(string service, IPAddress address)
    {
        _containers[service] = address;
        Interlocked.Increment(ref _version);
    }

    /// <inheritdoc/>
    public int Version => Volatile.Read(ref _version);

    /// <inheritdoc/>
    public bool Declares(string name) => _places.ContainsKey(name);

    /// <inheritdoc/>
    public IReadOnlyList<DestinationPattern>? Find(string name)
    {
        if (!_places.TryGetValue(name, out var place))
        {
            return Resolve(name);
        }

        // Only containers see this host and each other at addresses of a network.
        return _containers.IsEmpty ? place.Patterns :
        [
            .. place.Patterns,
            .. _host.Value.SelectMany(h => place.HostPorts.Select(p => DestinationPattern.Endpoint(h, p))),
            .. _containers.TryGetValue(place.Service, out var own) ? place.OwnPorts.Select(p => DestinationPattern.Endpoint(own, p)) : [],
        ];
    }

    /// <inheritdoc/>
    public string? ServiceAt(in SocketDestination destination)
    {
        if (destination.IsUnix)
        {
            return null;
        }

        if (IsLoopback(destination) || (!_containers.IsEmpty && IsAnyOf(_host.Value, destination)))
        {
            return _services.GetValueOrDefault(destination.Port);
        }

        foreach (var (service, address) in _containers)
        {
            if (Is(address, destination))
            {
                return service;
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public bool IsDeclaredPort(int port) => _declared.Contains(port) || _services.ContainsKey(port);

    private static IReadOnlyList<DestinationPattern> Loopback(int port) =>
        DestinationPattern.TryParse($"127.0.0.0/8:{port}", out var version4)
            ? [version4, DestinationPattern.Endpoint(IPAddress.IPv6Loopback, port)]
            : throw new InvalidOperationException("the loopback network is not an address range");

    /// <summary>The endpoint of a remote service that is written as an address of a network.</summary>
    private static IEnumerable<DestinationPattern> Literal(HostPort direct) =>
        IPAddress.TryParse(direct.Host, out var address) && !IPAddress.IsLoopback(address) ? [DestinationPattern.Endpoint(address, direct.Port)] : [];

    /// <summary>The unix socket of an interface and those of its proxy.</summary>
    private static IEnumerable<DestinationPattern> Sockets(AddressPlan plan, InterfaceAddress target, InterfaceDefinition declared) =>
        declared.SocketPath is not { } path ? []
        : plan.ProxySockets.Where(s => s.Key.Target == target)
            .SelectMany(s => new[] { s.Value, $"{AddressPlan.ContainerSocketDirectory}/{Path.GetFileName(s.Value)}" })
            .Append(path).Distinct().Select(DestinationPattern.UnixSocket);

    private static bool IsLoopback(in SocketDestination destination)
    {
        ReadOnlySpan<byte> version4Prefix = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127];
        ReadOnlySpan<byte> version6 = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
        ReadOnlySpan<byte> address = destination.Address;
        return address.StartsWith(version4Prefix) || address.SequenceEqual(version6);
    }

    private static bool IsAnyOf(IReadOnlyList<IPAddress> addresses, in SocketDestination destination)
    {
        foreach (var address in addresses)
        {
            if (Is(address, destination))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Is(IPAddress address, in SocketDestination destination)
    {
        Span<byte> bytes = stackalloc byte[16];
        return address.MapToIPv6().TryWriteBytes(bytes, out _) && bytes.SequenceEqual(destination.Address);
    }

    /// <summary>The addresses of this host, among them the one by which the engine lets containers reach it.</summary>
    private static IReadOnlyList<IPAddress> HostAddresses() =>
    [
        .. NetworkInterface.GetAllNetworkInterfaces()
            .SelectMany(i => i.GetIPProperties().UnicastAddresses)
            .Select(u => u.Address)
            .Where(a => !IPAddress.IsLoopback(a)),
    ];

    private static IReadOnlyList<DestinationPattern>? Resolve(string host)
    {
        // The platform takes addresses for names as well, and drops ports behind them.
        if (Uri.CheckHostName(host) != UriHostNameType.Dns)
        {
            return null;
        }

        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            // RFC 6761, section 6.3: the loopback addresses of both families, whatever this host's own list of names says.
            return [DestinationPattern.Endpoint(IPAddress.Loopback, port: 0), DestinationPattern.Endpoint(IPAddress.IPv6Loopback, port: 0)];
        }

        try
        {
            return [.. Dns.GetHostAddresses(host).Select(a => DestinationPattern.Endpoint(a, port: 0))];
        }
        catch (SocketException)
        {
            // Nobody knows the name.
            return null;
        }
    }

    /// <summary>Where a service or one of its interfaces is.</summary>
    /// <param name="Service">Name of the service.</param>
    /// <param name="HostPorts">Ports on this host: its own or the mapped one, and those of proxies.</param>
    /// <param name="OwnPorts">Ports on the service's own address.</param>
    /// <param name="Patterns">Everything that is known without containers.</param>
    private sealed record Place(
        string Service, IReadOnlyList<int> HostPorts, IReadOnlyList<int> OwnPorts, IReadOnlyList<DestinationPattern> Patterns);
}
