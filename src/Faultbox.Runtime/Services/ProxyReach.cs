using System.Globalization;
using Faultbox.Core.Diagnostics;
using Faultbox.Core.Topology;
using Faultbox.Linux.Processes;
using Faultbox.Runtime.Containers;
using Faultbox.Runtime.Execution;
using Faultbox.Runtime.Proxying;

namespace Faultbox.Runtime.Services;

/// <summary>
/// Whether containers reach the proxies they are sent to. It is asked before the first of them starts, by a container that does nothing
/// else: to the service itself a firewall of this host would look like a dependency that is down.
/// </summary>
internal sealed class ProxyReach(RunContext run) : IDisposable
{
    private readonly Dictionary<bool, Task<HostReach?>> _tried = [];
    private readonly CancellationTokenSource _end = new();

    /// <summary>Starts to try what the containers of the run are going to need, so that none of them waits for it.</summary>
    public void Begin()
    {
        foreach (var service in run.Spec.Services.Where(s => s.Kind == ServiceKind.Container && !run.Proxies.IsOfHostOnly))
        {
            try
            {
                foreach (var (_, _, datagrams) in run.Proxies.GivenTo(service, run.TextsOf(service)))
                {
                    _ = TryAsync(service, datagrams);
                }
            }
            catch (CodedException)
            {
                // The start of the service says what is wrong with its environment.
            }
        }
    }

    /// <summary>Returns when a container that is about to start reaches every proxy that its texts name, as far as that can be told.</summary>
    /// <param name="service">The container.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="StartException">It does not.</exception>
    public void Require(ServiceDefinition service, CancellationToken cancellation)
    {
        foreach (var (target, port, datagrams) in run.Proxies.GivenTo(service, run.TextsOf(service)))
        {
            if (run.Proxies.IsOfHostOnly)
            {
                throw new StartException(
                    "LAUNCH_FAILED",
                    $"service \"{service.Name}\" is given the address of the proxy of {target}, which is bound to 127.0.0.1 by {ProxySet.BindVariable}: "
                    + "containers reach this host through its bridge only; leave the variable out, or set it to 0.0.0.0",
                    service.Name);
            }

            var trying = TryAsync(service, datagrams);
            Task.WaitAny([trying], cancellation);
            if (trying.GetAwaiter().GetResult() is { Failure: not null } reach)
            {
                throw new StartException("LAUNCH_FAILED", Describe(service, target, port, datagrams, reach), service.Name);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _end.Cancel();
        Task.WhenAll(_tried.Values).ContinueWith(_ => { }, TaskScheduler.Default).Wait();
        _end.Dispose();
    }

    /// <summary>Once for each kind of port: a firewall does not tell containers apart.</summary>
    private Task<HostReach?> TryAsync(ServiceDefinition service, bool datagrams)
    {
        if (!_tried.TryGetValue(datagrams, out var trying))
        {
            var directory = run.DirectoryOf(service.Name);
            trying = Task.Run(() => run.Containers.TryHostAsync(service, run.Proxies.Address, datagrams, directory, _end.Token));
            _tried.Add(datagrams, trying);
        }

        return trying;
    }

    private static string Describe(ServiceDefinition service, InterfaceAddress target, int port, bool datagrams, HostReach reach)
    {
        var failure = reach.Failure!.Value;
        var kind = datagrams ? "udp" : "tcp";
        var outcome = failure.Name == "ETIMEDOUT" ? $"nothing came back within {ReachProbe.Patience.TotalSeconds:0} s" : failure.Message;
        var advice = reach.IsRootless
            ? """
                - the engine is rootless: the name is an address of its own namespace, and this host is closed to it. Start it with
                    DOCKERD_ROOTLESS_ROOTLESSKIT_DISABLE_HOST_LOOPBACK=false (older engines: without --disable-host-loopback in dockerd-rootless.sh)
                    "host-gateway-ip": "10.0.2.2" in its daemon.json
                """
            : $"""
                - a firewall of this host keeps out what comes from containers; let it in with the tool that owns the firewall:
                    ufw allow from {reach.Source}
                    firewall-cmd --zone=trusted --add-source={reach.Source}
                    iptables -I INPUT -i br-+ -j ACCEPT
                """;
        return string.Create(CultureInfo.InvariantCulture, $"""
            service "{service.Name}" is given the address of the proxy of {target}, {AddressPlan.HostName}:{port} ({kind}), but containers do not reach this host: from the network {reach.Network}, {reach.Target} was tried ({AddressPlan.HostName} at docker0, {kind}): {outcome}
            {advice}
            """);
    }
}
