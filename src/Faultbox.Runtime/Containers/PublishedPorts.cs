using System.Net;
using System.Net.Sockets;
using Faultbox.Core.Topology;

namespace Faultbox.Runtime.Containers;

/// <summary>
/// Host ports of container interfaces. They are chosen once per run, so that addresses are known before anything starts and stay the same
/// when a container is started again.
/// </summary>
internal static class PublishedPorts
{
    /// <summary>The host port of every interface of every container.</summary>
    public static IReadOnlyDictionary<InterfaceAddress, int> Reserve(IEnumerable<ServiceDefinition> services)
    {
        // All at the same time, so that no two get the same.
        List<Socket> held = [];
        try
        {
            Dictionary<InterfaceAddress, int> ports = [];
            foreach (var service in services.Where(s => s.Kind == ServiceKind.Container))
            {
                foreach (var declared in service.Interfaces.Where(i => i.SocketPath is null))
                {
                    ports[new(service.Name, declared.Name)] =
                        service.PublishedPorts.TryGetValue(declared.Port, out var port) && port > 0 ? port : Hold(held, declared.Protocol == "udp");
                }
            }

            return ports;
        }
        finally
        {
            held.ForEach(s => s.Dispose());
        }
    }

    private static int Hold(List<Socket> held, bool datagrams)
    {
        var socket = datagrams
            ? new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp)
            : new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        held.Add(socket);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
