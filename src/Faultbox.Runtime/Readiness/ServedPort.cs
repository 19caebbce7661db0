using System.Globalization;
using System.Net;
using Faultbox.Core.Topology;
using Faultbox.Linux.Processes;
using Faultbox.Runtime.Containers;
using Faultbox.Runtime.Services;

namespace Faultbox.Runtime.Readiness;

/// <summary>
/// Looks into the network namespace of a service whether its program waits on a port, where connecting does not tell: the engine accepts
/// connections to a published port of a container whether it does or not, and nobody accepts datagrams.
/// </summary>
internal static class ServedPort
{
    private static readonly string[] Loopbacks = ["localhost", "127.0.0.1"];

    /// <summary>The question for an interface; null where it need not or cannot be asked, as of an engine on another machine.</summary>
    /// <param name="instance">The service.</param>
    /// <param name="target">Its interface.</param>
    public static Func<CancellationToken, string?>? Question(ServiceInstance instance, InterfaceDefinition target) =>
        Question(instance, target.Port, target.Protocol == "udp");

    /// <summary>The question for an address, which may be one that the engine passes on.</summary>
    /// <param name="instance">The service.</param>
    /// <param name="address"><c>host:port</c> as it is dialled.</param>
    /// <param name="plan">Addresses of the topology.</param>
    public static Func<CancellationToken, string?>? Question(ServiceInstance instance, string address, AddressPlan plan)
    {
        var service = instance.Definition;
        return Published(service, plan).Where(p => Loopbacks.Any(h => address == $"{h}:{p.Host}" || address == $"tcp://{h}:{p.Host}"))
            .Select(p => Question(instance, p.Container, datagrams: false)).FirstOrDefault();
    }

    private static IEnumerable<(int Host, int Container)> Published(ServiceDefinition service, AddressPlan plan) =>
        service.Interfaces.Where(i => i.SocketPath is null && i.Protocol != "udp").Select(i => (plan.Direct(service, i).Port, i.Port))
            .Concat(service.PublishedPorts.Select(p => (p.Value, p.Key)));

    private static Func<CancellationToken, string?>? Question(ServiceInstance instance, int port, bool datagrams) => instance.Process switch
    {
        ContainerProcess { IsSeen: true } container => _ => InContainer(Sockets(container, port, datagrams), port),
        var process when datagrams && instance.Definition.Kind == ServiceKind.Binary => _ => OnHost(Sockets(process, port, datagrams), port),
        _ => null,
    };

    private static IReadOnlyList<WaitingSocket>? Sockets(IServiceProcess process, int port, bool datagrams) =>
        WaitingSockets.Find(process.ProcessId.ToString(CultureInfo.InvariantCulture), port, datagrams);

    /// <summary>What cannot be seen is not held against the service: its process may have ended, and others serve for it.</summary>
    private static string? OnHost(IReadOnlyList<WaitingSocket>? sockets, int port) =>
        sockets is [] ? string.Create(CultureInfo.InvariantCulture, $"nothing is bound to port {port}") : null;

    private static string? InContainer(IReadOnlyList<WaitingSocket>? sockets, int port) =>
        sockets is null or [] ? string.Create(CultureInfo.InvariantCulture, $"nothing listens on port {port} in the container")
        : sockets.All(s => IPAddress.IsLoopback(s.Address)) ? string.Create(
            CultureInfo.InvariantCulture, $"port {port} in the container is bound to {sockets[0].Address}, which only the container itself reaches; bind it to 0.0.0.0")
        : null;
}
