using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Faultbox.Core.Faults;
using Faultbox.Core.Matching;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Tests.Relay;

namespace Faultbox.Protocols.Tests.Tls;

/// <summary>Faults in TLS handshakes, as curl, openssl, Node.js and .NET meet them.</summary>
public sealed class TlsFaultTests(TlsPeers peers) : IClassFixture<TlsPeers>
{
    private const string AskWithNode = """
        const https = require('node:https'), fs = require('node:fs');
        https.get(process.argv[1], { ca: fs.readFileSync(process.argv[2]), agent: false }, r => { console.log(r.statusCode); r.resume(); })
            .on('error', e => console.log(e.code));
        """;

    public static TheoryData<CertificateFlaw, string, string, string> Flaws => new()
    {
        { CertificateFlaw.Expired, "expired", "certificate has expired", "CERT_HAS_EXPIRED" },
        { CertificateFlaw.WrongName, "wrong_name", "no alternative certificate subject name matches", "ERR_TLS_CERT_ALTNAME_INVALID" },
        { CertificateFlaw.Untrusted, "untrusted", "unable to get local issuer certificate", "UNABLE_TO_VERIFY_LEAF_SIGNATURE" },
    };

    [Theory]
    [MemberData(nameof(Flaws))]
    public async Task A_flawed_certificate_is_refused_for_its_flaw_and_serves_who_does_not_look(
        CertificateFlaw flaw, string action, string reason, string code)
    {
        using var proxy = peers.Proxy("http", peers.Verifying);
        var window = proxy.Open(Fault(new TlsFlawedCertificate(flaw)));

        Assert.Contains(reason, await RefusedAsync(proxy), StringComparison.Ordinal);
        Assert.Equal("HTTP/1.1 /a ", await peers.CurlAsync(proxy, "/a", "--http1.1", "--insecure"));
        Assert.Equal(code, (await TlsPeers.RunAsync("node", "-e", AskWithNode, $"https://localhost:{proxy.Port}/", peers.FileOf("run.pem"))).Trim());

        proxy.Rules.Close(window);
        Assert.Equal("HTTP/1.1 /a ", await peers.CurlAsync(proxy, "/a", "--http1.1"));
        Assert.Equal([action, action, action], proxy.Events("proxy").Select(e => e.Field("action")));
        Assert.All(proxy.Events("proxy"), e => Assert.Equal(("shop", "localhost"), (e.Field("consumer"), e.Field("sni"))));
        Assert.Equal((3, 3, 3), (window.Rules[0].Seen, window.Rules[0].Matches, window.Rules[0].Fired));
    }

    [Theory]
    [InlineData("http2")]
    [InlineData("grpc")]
    [InlineData("tcp")]
    public async Task Every_protocol_on_TLS_has_them(string protocol)
    {
        using var proxy = peers.Proxy(protocol, peers.Verifying);
        proxy.Open(Fault(new TlsFlawedCertificate(CertificateFlaw.Expired), new Trigger(TriggerKind.First, 1)));

        Assert.Contains("certificate has expired", await RefusedAsync(proxy), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/", await peers.CurlAsync(proxy, "/a"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_would_resume_a_session_meets_the_flaw_too()
    {
        using var proxy = peers.Proxy("tcp", peers.Verifying);
        string[] connect = ["s_client", "-tls1_2", "-connect", $"127.0.0.1:{proxy.Port}", "-CAfile", peers.FileOf("run.pem")];
        var session = peers.FileOf("session");

        Assert.Contains("Verify return code: 0", await TlsPeers.RunAsync("openssl", [.. connect, "-sess_out", session]), StringComparison.Ordinal);
        Assert.Contains("Reused, TLSv1.2", await TlsPeers.RunAsync("openssl", [.. connect, "-sess_in", session]), StringComparison.Ordinal);
        proxy.Open(Fault(new TlsFlawedCertificate(CertificateFlaw.Expired)));
        var met = await TlsPeers.RunAsync("openssl", [.. connect, "-sess_in", session]);

        Assert.Contains("New, TLSv1.2", met, StringComparison.Ordinal);
        Assert.Contains("certificate has expired", met, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(40, "handshake_failure")]
    [InlineData(80, "internal_error")]
    [InlineData(112, "unrecognized_name")]
    [InlineData(200, "200")]
    public async Task An_alert_reaches_the_client(byte code, string name)
    {
        using var proxy = peers.Proxy("http", peers.Verifying);
        proxy.Open(Fault(new TlsAlert(code)));

        var error = await Assert.ThrowsAsync<AuthenticationException>(
            () => TlsPeers.RunAsync("openssl", "s_client", "-connect", $"127.0.0.1:{proxy.Port}"));

        Assert.Contains($"SSL alert number {code}", error.Message, StringComparison.Ordinal);
        Assert.Equal(name, Assert.Single(proxy.Events("proxy")).Field("code"));
    }

    [Fact]
    public async Task A_connection_that_ends_during_the_handshake_ends_in_order_and_so_does_that_of_the_service()
    {
        using var service = new TcpListener(IPAddress.Loopback, 0);
        service.Start();
        using var proxy = peers.Proxy("http", peers.Verifying, ((IPEndPoint)service.LocalEndpoint).Port);
        proxy.Open(Fault(new TlsCloseDuringHandshake()));
        using var client = new TcpClient("127.0.0.1", proxy.Port);
        using var served = await service.AcceptTcpClientAsync(TestContext.Current.CancellationToken);

        await client.GetStream().WriteAsync(await HelloAsync(), TestContext.Current.CancellationToken);

        Assert.Equal(0, await client.GetStream().ReadAsync(new byte[1], TestContext.Current.CancellationToken));
        Assert.Equal(0, await served.GetStream().ReadAsync(new byte[1], TestContext.Current.CancellationToken));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_handshake_that_times_out_is_held_longer_than_dialing_may_take_and_until_the_window_ends()
    {
        using var proxy = peers.Proxy("http", peers.Verifying);
        var window = proxy.Open(Fault(new TlsHandshakeTimeout()));
        using var client = new TcpClient("127.0.0.1", proxy.Port);
        await client.GetStream().WriteAsync(await HelloAsync(), TestContext.Current.CancellationToken);
        var answer = client.GetStream().ReadAsync(new byte[1], TestContext.Current.CancellationToken).AsTask();

        await Task.Delay(UpstreamBudget + TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        Assert.False(answer.IsCompleted);

        proxy.Rules.Close(window);
        Assert.Equal(0, await answer);
        Assert.Equal("handshake_timeout", Assert.Single(proxy.Events("proxy")).Field("action"));
    }

    [Fact]
    public async Task A_host_that_is_down_resets_before_the_client_has_said_anything()
    {
        using var proxy = peers.Proxy("http", peers.Verifying);
        var window = proxy.Open(new ProxyFault { Action = ProxyAction.Wire, Wire = new WireDown(), Trigger = new Trigger(TriggerKind.Nth, 2) });
        Assert.Equal("HTTP/1.1 /a ", await peers.CurlAsync(proxy, "/a", "--http1.1"));
        using var client = new TcpClient("127.0.0.1", proxy.Port) { ReceiveTimeout = 60_000 };

        Assert.True(client.Client.IsReset());
        Assert.Equal(("down", "attach", "shop"), Assert.Single(proxy.Events("proxy").Select(e => (e.Field("action"), e.Field("phase"), e.Field("consumer")))));
        Assert.Empty(proxy.Events("proxy_tls_handshake_failed"));
        Assert.Equal("HTTP/1.1 /a ", await peers.CurlAsync(proxy, "/a", "--http1.1"));
        Assert.Equal((3, 3, 1), (window.Rules[0].Seen, window.Rules[0].Matches, window.Rules[0].Fired));
    }

    [Fact]
    public async Task A_client_that_gives_a_held_handshake_up_is_let_go()
    {
        using var proxy = peers.Proxy("http", peers.Verifying);
        var window = proxy.Open(Fault(new TlsHandshakeTimeout()));
        using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(new IPEndPoint(IPAddress.Loopback, proxy.Port), TestContext.Current.CancellationToken);
        await client.SendAsync(await HelloAsync(), TestContext.Current.CancellationToken);

        client.Shutdown(SocketShutdown.Send);

        Assert.Equal(0, await client.ReceiveAsync(new byte[1], TestContext.Current.CancellationToken));
        Assert.Equal(1, window.Rules[0].Fired);
    }

    [Fact]
    public async Task A_held_handshake_does_not_hold_up_the_end_of_the_proxy()
    {
        var proxy = peers.Proxy("http", peers.Verifying);
        proxy.Open(Fault(new TlsHandshakeTimeout()));
        using var client = new TcpClient("127.0.0.1", proxy.Port);
        await client.GetStream().WriteAsync(await HelloAsync(), TestContext.Current.CancellationToken);
        var answer = client.GetStream().ReadAsync(new byte[1], TestContext.Current.CancellationToken).AsTask();

        Assert.True(SpinWait.SpinUntil(() => proxy.Events("proxy").Count > 0, TimeSpan.FromSeconds(60)));
        proxy.Dispose();

        var error = await Assert.ThrowsAsync<IOException>(() => answer);
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(error.InnerException).SocketErrorCode);
    }

    [Theory]
    [InlineData("1.1", "-tls1_1")]
    [InlineData("1.0", "-tls1")]
    [InlineData("1.2", "-tls1_2")]
    public async Task A_client_that_goes_down_to_an_old_version_is_served_with_it(string maximum, string option)
    {
        using var proxy = peers.Proxy("http", peers.Verifying with { RequiresTls13 = true });
        proxy.Open(Fault(new TlsVersionLimit(maximum)));

        var said = await TlsPeers.RunAsync(
            "openssl", "s_client", option, "-cipher", "ALL:@SECLEVEL=0", "-connect", $"127.0.0.1:{proxy.Port}");

        Assert.Contains($"Protocol  : TLSv{maximum.Replace("1.0", "1", StringComparison.Ordinal)}", said, StringComparison.Ordinal);
        Assert.Equal(maximum, Assert.Single(proxy.Events("proxy_tls_handshake_complete"), e => e.Field("leg") == "client").Field("version"));
    }

    [Fact]
    public async Task A_client_that_wants_a_later_version_gives_up()
    {
        using var proxy = peers.Proxy("http", peers.Verifying);
        proxy.Open(Fault(new TlsVersionLimit("1.1")));

        await Assert.ThrowsAsync<AuthenticationException>(() => peers.CurlAsync(proxy, "/"));
        Assert.Equal("client", Assert.Single(proxy.Events("proxy_tls_handshake_failed")).Field("leg"));
    }

    [Fact]
    public async Task The_name_that_a_client_asks_for_decides()
    {
        using var proxy = peers.Proxy("http", peers.Verifying);
        var window = proxy.Open(Fault(new TlsAlert(40)) with { Matcher = new MessageMatcher { Host = new MessageGlob("*.example") } });

        Assert.StartsWith("HTTP", await peers.CurlAsync(proxy, "/"), StringComparison.Ordinal);
        await Assert.ThrowsAsync<AuthenticationException>(
            () => TlsPeers.RunAsync("openssl", "s_client", "-servername", "shop.example", "-connect", $"127.0.0.1:{proxy.Port}"));

        Assert.Equal((2, 1), (window.Rules[0].Seen, window.Rules[0].Matches));
    }

    [Fact]
    public async Task The_first_rule_that_fires_decides()
    {
        using var proxy = peers.Proxy("http", peers.Verifying);
        var window = proxy.Open(Fault(new TlsAlert(40)), Fault(new TlsAlert(80)));

        await Assert.ThrowsAsync<AuthenticationException>(() => peers.CurlAsync(proxy, "/"));

        Assert.Equal("handshake_failure", Assert.Single(proxy.Events("proxy")).Field("code"));
        Assert.Same(window.Rules[0], window.Rules[1].ForestalledBy);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("\u0016\u0003\u0001\0\u0005\u0002\0\0\u0001\0")]
    [InlineData("\u0016\u0003\u0001\0\u0005\u0001\0\0\u0001\0")]
    public async Task What_is_no_first_message_of_a_handshake_meets_no_rule(string text)
    {
        using var proxy = peers.Proxy("http", peers.Verifying);
        var window = proxy.Open(Fault(new TlsAlert(40)));
        using var client = new TcpClient("127.0.0.1", proxy.Port);
        var stream = client.GetStream();

        await stream.WriteAsync(System.Text.Encoding.Latin1.GetBytes(text), TestContext.Current.CancellationToken);
        client.Client.Shutdown(SocketShutdown.Send);
        try
        {
            while (await stream.ReadAsync(new byte[64], TestContext.Current.CancellationToken) > 0)
            {
            }
        }
        catch (IOException)
        {
            // Reset, as every client whose handshake fails.
        }

        Assert.Equal(0, window.Rules[0].Seen);
        Assert.Equal("client", Assert.Single(proxy.Events("proxy_tls_handshake_failed")).Field("leg"));
    }

    /// <summary>Longest time that dialing takes.</summary>
    private static TimeSpan UpstreamBudget => Faultbox.Protocols.Relay.UpstreamDialer.Budget;

    private static ProxyFault Fault(TlsFault fault, Trigger? trigger = null) =>
        new() { Action = ProxyAction.Tls, Tls = fault, Trigger = trigger ?? Trigger.Always };

    private async Task<string> RefusedAsync(ProxyFixture proxy) =>
        (await Assert.ThrowsAsync<AuthenticationException>(() => peers.CurlAsync(proxy, "/"))).Message;

    /// <summary>The first message of a real client.</summary>
    private static async Task<byte[]> HelloAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port);
        using var accepted = await listener.AcceptTcpClientAsync();
        using var tls = new SslStream(client.GetStream());
        var handshake = tls.AuthenticateAsClientAsync("localhost");
        var hello = new byte[16 * 1024];
        var count = await accepted.GetStream().ReadAsync(hello);
        accepted.Client.Close(0);
        await Assert.ThrowsAnyAsync<Exception>(() => handshake);
        return hello[..count];
    }
}
