using System.Net;
using Faultbox.Containers;
using Faultbox.Runtime.Containers;

namespace Faultbox.Runtime.Tests;

public sealed class HostReachTests
{
    [Theory]
    [InlineData("127.0.0.1\tlocalhost\n172.17.0.1\thost.docker.internal\n", "172.17.0.1")]
    [InlineData("fd00::1 host.docker.internal\n10.0.2.2  other Host.Docker.Internal # host\n", "10.0.2.2")]
    [InlineData("# 172.17.0.1 host.docker.internal\n172.17.0.1 nothost.docker.internal\n", null)]
    public void The_address_of_this_host_is_the_first_of_version_four_in_the_hosts_file(string hosts, string? expected) =>
        Assert.Equal(expected, HostReach.AddressIn(hosts, "host.docker.internal")?.ToString());

    /// <summary>The next run has another network of the same range.</summary>
    [Theory]
    [InlineData("172.19.0.3", 16, "172.16.0.0/12")]
    [InlineData("10.9.8.7", 24, "10.9.8.7/24")]
    [InlineData("", 0, "172.16.0.0/12")]
    public void A_firewall_is_to_let_in_the_range_that_networks_are_taken_from(string address, int length, string expected) =>
        Assert.Equal(expected, new HostReach("net", new IPEndPoint(IPAddress.Loopback, 1), null) { Endpoint = new NetworkEndpoint(address, length) }.Source);
}
