using System.Net.Sockets;
using Faultbox.Core.Proxying;
using Faultbox.Core.Topology;
using Faultbox.Protocols.Tests.Relay;
using Faultbox.Protocols.Tls;

namespace Faultbox.Protocols.Tests.Hostile;

/// <summary>Clients that do not finish a TLS handshake, or never began one.</summary>
[Collection(nameof(Alone))]
[Trait("Category", "Slow")]
public sealed class HostileTlsTests : IDisposable
{
    private readonly CertificateAuthority _authority = new();
    private readonly RecordingPeer _peer = new(async (socket, self) => await self.ReceiveUntilAsync(socket, int.MaxValue));

    public static TheoryData<string, byte[]> Openings { get; } = new()
    {
        { "no TLS", Hostility.Bytes("GET / HTTP/1.1\r\nHost: up\r\n\r\n") },
        { "zeros", new byte[100] },
        { "an alert", [21, 3, 1, 0, 2, 2, 40] },
        { "a record of another version", [22, 9, 9, 0, 4, 1, 0, 0, 0] },
        { "an empty handshake", [22, 3, 1, 0, 0, 22, 3, 1, 0, 0] },
        { "a hello without content", [22, 3, 1, 0, 4, 1, 0, 0, 0] },
        { "a hello of garbage", [22, 3, 1, 0, 60, 1, 0, 0, 56, 3, 3, .. Enumerable.Repeat((byte)0xEE, 54)] },
        { "a hello longer than its record", [22, 3, 1, 0, 8, 1, 0xFF, 0xFF, 0xFF, 3, 3, 0, 0] },
        { "data before a handshake", [23, 3, 3, 0, 5, 1, 2, 3, 4, 5] },
    };

    public void Dispose()
    {
        _peer.Dispose();
        _authority.Dispose();
    }

    [Theory]
    [MemberData(nameof(Openings))]
    public async Task What_is_no_handshake_is_refused_and_named(string shape, byte[] opening)
    {
        foreach (string[] protocols in new[] { new[] { "h2" }, ["h2", "http/1.1"], [] })
        {
            using var proxy = Proxy(protocols);
            using var client = await Hostility.ConnectAsync(proxy.Port);
            await client.PourAsync(opening);
            client.Shutdown(SocketShutdown.Send);
            await client.DrainAsync();

            var failed = await proxy.EventAsync("proxy_tls_handshake_failed");
            Assert.True(failed.Field("error")!.Length > 0, shape);
            Assert.Empty(proxy.Events("proxy"));
        }
    }

    [Fact]
    public async Task A_client_without_TLS_is_told_from_one_with_a_broken_handshake()
    {
        using var proxy = Proxy(["h2"]);
        using var client = await Hostility.ConnectAsync(proxy.Port);

        await client.PourAsync("GET / HTTP/1.1\r\nHost: up\r\n\r\n"u8.ToArray());

        Assert.Equal("what the peer sent is no TLS", (await proxy.EventAsync("proxy_tls_handshake_failed")).Field("error"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(11)]
    [Trait("Category", "Slow")]
    public async Task Half_handshakes_end_with_the_dial_budget_and_leave_no_socket(int length)
    {
        const int Clients = 100;
        foreach (string[] protocols in new[] { new[] { "h2" }, ["h2", "http/1.1"] })
        {
            var before = Footprint.Now;
            using (var proxy = Proxy(protocols))
            {
                var clients = new List<Socket>();
                for (var i = 0; i < Clients; i++)
                {
                    var client = await Hostility.ConnectAsync(proxy.Port);
                    await client.PourAsync(new byte[] { 22, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3 }.AsMemory(0, length));
                    clients.Add(client);
                }

                foreach (var client in clients)
                {
                    await client.DrainAsync();
                    client.Dispose();
                }

                Assert.Equal(Clients, proxy.Events("proxy_tls_handshake_failed").Count);
                Assert.Empty(proxy.Events("proxy"));
            }

            before.AssertRegained();
        }
    }

    private ProxyFixture Proxy(string[] protocols)
    {
        var stage = new TlsStage(new TlsDefinition { Insecure = true }, protocols, "127.0.0.1", _ => Usable());
        var proxy = new ProxyFixture("http", _peer.Port, stage);
        proxy.Open(new ProxyFault { Action = ProxyAction.Drop });
        return proxy;
    }

    private System.Security.Cryptography.X509Certificates.X509Certificate2 Usable() => _authority.Issue("up", ["localhost"]);
}
