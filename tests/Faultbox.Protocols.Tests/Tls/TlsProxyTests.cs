using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Faultbox.Core.Matching;
using Faultbox.Core.Proxying;
using Faultbox.Core.Topology;
using Faultbox.Protocols.Tls;

namespace Faultbox.Protocols.Tests.Tls;

/// <summary>TLS on both sides of the proxy: a Kestrel service with an authority of its own, and clients that verify strictly.</summary>
public sealed class TlsProxyTests(TlsPeers peers) : IClassFixture<TlsPeers>
{
    [Theory]
    [InlineData("http", "http/1.1", "HTTP/1.1", "--http1.1")]
    [InlineData("http", "h2", "HTTP/2", "--http2")]
    [InlineData("http2", "h2", "HTTP/2", "--http2")]
    public async Task Strict_clients_are_served_and_rules_see_plain_text(string protocol, string alpn, string version, string option)
    {
        using var proxy = peers.Proxy(protocol, peers.Verifying);
        proxy.Open(new ProxyFault { Action = ProxyAction.Respond, Status = "418", Matcher = new MessageMatcher { Path = new MessageGlob("/tea") } });

        Assert.Equal($"{version} /a ", await peers.CurlAsync(proxy, "/a", option));
        Assert.Equal("418", await peers.CurlAsync(proxy, "/tea", option, "-o", "/dev/null", "-w", "%{http_code}"));
        var complete = proxy.Events("proxy_tls_handshake_complete");
        Assert.Equal(["client", "upstream"], complete.Take(2).Select(e => e.Field("leg")).Order(StringComparer.Ordinal));
        Assert.All(complete.Take(2), e => Assert.Equal(alpn, e.Field("alpn")));
    }

    [Fact]
    public async Task A_client_that_negotiates_nothing_is_served_with_HTTP1()
    {
        using var proxy = peers.Proxy("http", peers.Verifying);

        Assert.Equal("HTTP/1.1 /a ", await peers.CurlAsync(proxy, "/a", "--no-alpn"));
    }

    [Fact]
    public async Task A_client_that_prefers_HTTP2_gets_what_the_service_can_do()
    {
        using var proxy = peers.Proxy("http", new TlsDefinition { Authorities = peers.FileOf("services.pem"), ApplicationProtocols = ["http/1.1", "spdy/1"] });

        Assert.Equal("HTTP/1.1 /a ", await peers.CurlAsync(proxy, "/a", "--http2"));
        Assert.All(proxy.Events("proxy_tls_handshake_complete"), e => Assert.Equal("http/1.1", e.Field("alpn")));
    }

    [Fact]
    public async Task A_client_certificate_is_shown_to_the_service()
    {
        var client = peers.Services.Issue("shop", ["shop"]);
        peers.Write("client", client);
        using var proxy = peers.Proxy("http", new TlsDefinition
        {
            Authorities = peers.FileOf("services.pem"),
            ClientCertificate = peers.FileOf("client.pem"),
            ClientKey = peers.FileOf("client.key"),
        });

        Assert.Equal("HTTP/1.1 / CN=shop", await peers.CurlAsync(proxy, "/", "--http1.1"));
    }

    [Fact]
    public async Task The_certificates_that_lead_to_the_authority_are_shown_too()
    {
        using var root = Issue("root", issuer: null);
        using var between = Issue("between", root);
        using var leaf = Issue("localhost", between);
        peers.Write("root", root);
        peers.Write("chained", leaf, between);
        using var proxy = peers.Proxy("http", peers.Verifying with { ProxyCertificate = peers.FileOf("chained.pem"), ProxyKey = peers.FileOf("chained.key") });

        Assert.Equal("HTTP/1.1 /a ", await peers.CurlAsync(proxy, "/a", "--http1.1", "--cacert", peers.FileOf("root.pem")));
    }

    [Fact]
    public async Task A_wrong_authority_is_refused_and_named()
    {
        using var proxy = peers.Proxy("http", new TlsDefinition { Authorities = peers.FileOf("run.pem") });

        await Assert.ThrowsAnyAsync<Exception>(() => peers.CurlAsync(proxy, "/"));

        var failed = Assert.Single(proxy.Events("proxy_tls_handshake_failed"));
        Assert.Equal("upstream", failed.Field("leg"));
        Assert.Contains("certificate", failed.Field("error"), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_client_that_does_not_speak_TLS_is_refused_and_named()
    {
        using var proxy = peers.Proxy("http", new TlsDefinition { Insecure = true });

        using var client = new HttpClient();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => client.GetAsync(new Uri($"http://127.0.0.1:{proxy.Port}/"), TestContext.Current.CancellationToken));

        Assert.Equal("client", Assert.Single(proxy.Events("proxy_tls_handshake_failed")).Field("leg"));
    }

    [Theory]
    [InlineData("no.pem", "ca= ")]
    [InlineData("empty.pem", "has no certificate in PEM form")]
    public void A_file_that_cannot_be_used_is_named(string file, string message)
    {
        File.WriteAllText(peers.FileOf("empty.pem"), "nothing");

        var error = Assert.Throws<TlsMaterialException>(() => TlsMaterial.Verify(new TlsDefinition { Authorities = peers.FileOf(file) }));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains(peers.FileOf(file), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_authority_issues_what_openssl_verifies()
    {
        var leaf = peers.Run.Issue("faultbox-proxy", ["localhost", "host.docker.internal", "127.0.0.1", "::1"]);
        peers.Write("leaf", leaf);

        Assert.EndsWith(
            "OK\n",
            await TlsPeers.RunAsync("openssl", "verify", "-x509_strict", "-CAfile", peers.FileOf("run.pem"), "-verify_hostname", "host.docker.internal", peers.FileOf("leaf.pem")),
            StringComparison.Ordinal);
    }

    /// <summary>A certificate for one name, which is an authority unless it is a host.</summary>
    private static X509Certificate2 Issue(string name, X509Certificate2? issuer)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var isHost = name == "localhost";
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(!isHost, false, 0, true));
        if (isHost)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(name);
            request.CertificateExtensions.Add(names.Build());
        }

        var now = DateTimeOffset.UtcNow;
        if (issuer is null)
        {
            return request.CreateSelfSigned(now.AddHours(-1), now.AddHours(1));
        }

        using var issued = request.Create(issuer, issuer.NotBefore, issuer.NotAfter, RandomNumberGenerator.GetBytes(8));
        return issued.CopyWithPrivateKey(key);
    }
}
