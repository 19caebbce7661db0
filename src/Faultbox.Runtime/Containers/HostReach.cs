using System.Net;
using Faultbox.Containers;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Runtime.Containers;

/// <summary>Whether a port of this host was reached from the network of the containers.</summary>
/// <param name="Network">Name of the network.</param>
/// <param name="Target">The port, at the address by which containers know this host.</param>
/// <param name="Failure">Why it was not reached; null when it was.</param>
internal sealed record HostReach(string Network, IPEndPoint Target, Errno? Failure)
{
    // What engines take networks from unless they are told otherwise.
    private static readonly IPNetwork UsualNetworks = IPNetwork.Parse("172.16.0.0/12");

    /// <summary>Where in the network it was tried; null when the engine does not say.</summary>
    public NetworkEndpoint? Endpoint { get; init; }

    /// <summary>True when the engine runs without privileges.</summary>
    public bool IsRootless { get; init; }

    /// <summary>What a firewall is to let in. Every run has a network of its own, so it is the range that engines take them from, if it is from there.</summary>
    public string Source => !IPAddress.TryParse(Endpoint?.IPAddress, out var address) || UsualNetworks.Contains(address)
        ? UsualNetworks.ToString()
        : $"{address}/{Endpoint.IPPrefixLen}";

    /// <summary>The first IPv4 address of a name in a hosts file (hosts(5)); null for none.</summary>
    public static IPAddress? AddressIn(string hosts, string name)
    {
        foreach (var line in hosts.Split('\n'))
        {
            var words = line.Split('#')[0].Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Skip(1).Contains(name, StringComparer.OrdinalIgnoreCase)
                && IPAddress.TryParse(words[0], out var address)
                && address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork)
            {
                return address;
            }
        }

        return null;
    }
}
