using System.Net;
using System.Net.Sockets;
using Faultbox.Core.Faults;
using Faultbox.Core.Topology;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Runtime.Services;

/// <summary>Where the services of a specification are reachable from this host.</summary>
internal sealed class AddressBook : IAddressBook
{
    private readonly Dictionary<string, IReadOnlyList<DestinationPattern>> _patterns = new(StringComparer.Ordinal);
    private readonly Dictionary<int, string> _services = [];

    /// <summary>Collects the declared interfaces and their proxies.</summary>
    /// <param name="plan">Addresses of the topology.</param>
    /// <param name="proxyPorts">Ports of the proxy of an interface.</param>
    public AddressBook(AddressPlan plan, Func<InterfaceAddress, IEnumerable<int>> proxyPorts)
    {
        foreach (var service in plan.Services)
        {
            foreach (var declared in service.Interfaces)
            {
                var target = new InterfaceAddress(service.Name, declared.Name);
                var direct = plan.Direct(service, declared);
                List<int> ports = [.. proxyPorts(target)];
                if (direct.Host == "localhost" || (IPAddress.TryParse(direct.Host, out var address) && IPAddress.IsLoopback(address)))
                {
                    ports.Insert(0, direct.Port);
                }

                _patterns[target.ToString()] = [.. ports.SelectMany(Loopback), .. Literal(direct), .. Sockets(plan, target, declared)];
                ports.ForEach(p => _services.TryAdd(p, service.Name));
            }

            _patterns[service.Name] =
                [.. service.Interfaces.SelectMany(i => _patterns[new InterfaceAddress(service.Name, i.Name).ToString()])];
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<DestinationPattern>? Find(string name) =>
        _patterns.TryGetValue(name, out var patterns) ? patterns : Resolve(name);

    /// <inheritdoc/>
    public string? ServiceAt(in SocketDestination destination) =>
        IsLoopback(destination) && _services.TryGetValue(destination.Port, out var service) ? service : null;

    /// <inheritdoc/>
    public bool IsDeclaredPort(int port) => _services.ContainsKey(port);

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
        if (destination.IsUnix)
        {
            return false;
        }

        ReadOnlySpan<byte> version4Prefix = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127];
        ReadOnlySpan<byte> version6 = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
        ReadOnlySpan<byte> address = destination.Address;
        return address.StartsWith(version4Prefix) || address.SequenceEqual(version6);
    }

    private static IReadOnlyList<DestinationPattern>? Resolve(string host)
    {
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
}
