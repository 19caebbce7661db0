using System.Net;
using System.Net.Sockets;
using Faultbox.Core.Topology;

namespace Faultbox.Cli.Doctor;

/// <summary>Resolves and dials the interfaces of the remote services that a specification declares.</summary>
internal static class RemoteTrial
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    /// <summary>One check for every remote interface, in order of declaration; all are dialled at once.</summary>
    public static IReadOnlyList<HostCheck> Make(IEnumerable<ServiceDefinition> services)
    {
        var trials = services
            .Where(s => s.Remote is not null)
            .SelectMany(s => s.Interfaces.Select(i => ExamineAsync($"{s.Name}.{i.Name}", i.Protocol, s.Remote!.Upstreams[i.Name])));
        return Task.WhenAll(trials.ToList()).GetAwaiter().GetResult();
    }

    private static async Task<HostCheck> ExamineAsync(string name, string protocol, HostPort upstream)
    {
        var problem = await ProblemOfAsync(protocol == "udp", upstream).ConfigureAwait(false);
        return HostCheck.Of(
            "remote",
            "T0",
            problem is null ? HostStatus.Ok : HostStatus.Missing,
            $"{name} at {upstream}: {problem?.Found ?? (protocol == "udp" ? "the name has an address (datagrams cannot be dialled)" : "answers")}",
            "tests that use this service",
            problem?.Fix ?? "");
    }

    private static async Task<(string Found, string Fix)?> ProblemOfAsync(bool datagrams, HostPort upstream)
    {
        using var limit = new CancellationTokenSource(Limit);
        IPAddress[] addresses;
        try
        {
            addresses = await Dns.GetHostAddressesAsync(upstream.Host, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return ($"the name does not resolve ({(e is SocketException ? e.Message : $"no answer in {Limit.TotalSeconds} s")})", "check the host name in remote=, and the DNS or /etc/hosts of this host");
        }

        if (datagrams)
        {
            return null;
        }

        try
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(addresses, upstream.Port, limit.Token).ConfigureAwait(false);
            return null;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return ($"{(e is SocketException ? e.Message : $"no answer in {Limit.TotalSeconds} s")} ({string.Join(", ", addresses.AsEnumerable())})", "start the service, check its port in remote= and the firewall between");
        }
    }
}
