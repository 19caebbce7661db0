using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Faultbox.Core.Matching;
using Faultbox.Core.Proxying;
using Faultbox.Core.Topology;
using Faultbox.Protocols.Tests.Relay;
using Faultbox.Protocols.Tls;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Faultbox.Protocols.Tests.Tls;

/// <summary>TLS on both sides of the proxy: a Kestrel service with an authority of its own, and clients that verify strictly.</summary>
public sealed class TlsProxyTests : IAsyncLifetime
{
    private readonly CertificateAuthority _services = new();
    private readonly CertificateAuthority _run = new();
    private readonly string _directory = Directory.CreateTempSubdirectory("faultbox-tls-").FullName;
    private WebApplication _server = null!;
    private int _port;

    public async ValueTask InitializeAsync()
    {
        var certificate = Usable(_services.Issue("up", ["localhost", "127.0.0.1"]));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(o => o.Listen(IPAddress.Loopback, 0, l => l.UseHttps(https =>
        {
            https.ServerCertificate = certificate;
            https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
            https.AllowAnyClientCertificate();
        })));
        _server = builder.Build();
        _server.Run(c => c.Response.WriteAsync($"{c.Request.Protocol} {c.Request.Path} {c.Connection.ClientCertificate?.Subject}"));
        await _server.StartAsync();
        _port = new Uri(_server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
        await File.WriteAllTextAsync(File_("services.pem"), _services.Pem);
        await File.WriteAllTextAsync(File_("run.pem"), _run.Pem);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _services.Dispose();
        _run.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData("http", "http/1.1", "HTTP/1.1", "--http1.1")]
    [InlineData("http", "h2", "HTTP/2", "--http2")]
    [InlineData("http2", "h2", "HTTP/2", "--http2")]
    public async Task Strict_clients_are_served_and_rules_see_plain_text(string protocol, string alpn, string version, string option)
    {
        using var proxy = Proxy(protocol, new TlsDefinition { Authorities = File_("services.pem") });
        proxy.Open(new ProxyFault { Action = ProxyAction.Respond, Status = "418", Matcher = new MessageMatcher { Path = new MessageGlob("/tea") } });

        Assert.Equal($"{version} /a ", await CurlAsync(proxy, "/a", option));
        Assert.Equal("418", await CurlAsync(proxy, "/tea", option, "-o", "/dev/null", "-w", "%{http_code}"));
        var complete = proxy.Events("proxy_tls_handshake_complete");
        Assert.Equal(["client", "upstream"], complete.Take(2).Select(e => e.Field("leg")).Order(StringComparer.Ordinal));
        Assert.All(complete.Take(2), e => Assert.Equal(alpn, e.Field("alpn")));
    }

    [Fact]
    public async Task A_client_that_negotiates_nothing_is_served_with_HTTP1()
    {
        using var proxy = Proxy("http", new TlsDefinition { Authorities = File_("services.pem") });

        Assert.Equal("HTTP/1.1 /a ", await CurlAsync(proxy, "/a", "--no-alpn"));
    }

    [Fact]
    public async Task A_client_that_prefers_HTTP2_gets_what_the_service_can_do()
    {
        using var proxy = Proxy("http", new TlsDefinition { Authorities = File_("services.pem"), ApplicationProtocols = ["http/1.1", "spdy/1"] });

        Assert.Equal("HTTP/1.1 /a ", await CurlAsync(proxy, "/a", "--http2"));
        Assert.All(proxy.Events("proxy_tls_handshake_complete"), e => Assert.Equal("http/1.1", e.Field("alpn")));
    }

    [Fact]
    public async Task A_client_certificate_is_shown_to_the_service()
    {
        var client = _services.Issue("shop", ["shop"]);
        await File.WriteAllTextAsync(File_("client.pem"), client.ExportCertificatePem(), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(File_("client.key"), client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem(), TestContext.Current.CancellationToken);
        using var proxy = Proxy("http", new TlsDefinition
        {
            Authorities = File_("services.pem"),
            ClientCertificate = File_("client.pem"),
            ClientKey = File_("client.key"),
        });

        Assert.Equal("HTTP/1.1 / CN=shop", await CurlAsync(proxy, "/", "--http1.1"));
    }

    [Fact]
    public async Task A_wrong_authority_is_refused_and_named()
    {
        using var proxy = Proxy("http", new TlsDefinition { Authorities = File_("run.pem") });

        await Assert.ThrowsAnyAsync<Exception>(() => CurlAsync(proxy, "/"));

        var failed = Assert.Single(proxy.Events("proxy_tls_handshake_failed"));
        Assert.Equal("upstream", failed.Field("leg"));
        Assert.Contains("certificate", failed.Field("error"), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_client_that_does_not_speak_TLS_is_refused_and_named()
    {
        using var proxy = Proxy("http", new TlsDefinition { Insecure = true });

        using var client = new HttpClient();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => client.GetAsync(new Uri($"http://127.0.0.1:{proxy.Port}/"), TestContext.Current.CancellationToken));

        Assert.Equal("client", Assert.Single(proxy.Events("proxy_tls_handshake_failed")).Field("leg"));
    }

    [Theory]
    [InlineData("no.pem", "ca= ")]
    [InlineData("empty.pem", "has no certificate in PEM form")]
    public void A_file_that_cannot_be_used_is_named(string file, string message)
    {
        File.WriteAllText(File_("empty.pem"), "nothing");

        var error = Assert.Throws<TlsMaterialException>(() => TlsMaterial.Verify(new TlsDefinition { Authorities = File_(file) }));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains(File_(file), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_authority_issues_what_openssl_verifies()
    {
        var leaf = _run.Issue("faultbox-proxy", ["localhost", "host.docker.internal", "127.0.0.1", "::1"]);
        File.WriteAllText(File_("leaf.pem"), leaf.ExportCertificatePem());

        using var openssl = Process.Start(new ProcessStartInfo("openssl", ["verify", "-x509_strict", "-CAfile", File_("run.pem"), "-verify_hostname", "host.docker.internal", File_("leaf.pem")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        openssl.WaitForExit();

        Assert.True(openssl.ExitCode == 0, openssl.StandardError.ReadToEnd());
    }

    private static X509Certificate2 Usable(X509Certificate2 certificate) =>
        X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);

    private string File_(string name) => Path.Combine(_directory, name);

    private ProxyFixture Proxy(string protocol, TlsDefinition tls) => new(
        protocol,
        _port,
        new TlsStage(
            tls,
            ProtocolRegistry.Find(protocol)!.Proxy!.ApplicationProtocols,
            "127.0.0.1",
            () => Usable(_run.Issue("faultbox-proxy", ["localhost", "127.0.0.1"]))));

    private async Task<string> CurlAsync(ProxyFixture proxy, string path, params string[] arguments)
    {
        var url = string.Create(CultureInfo.InvariantCulture, $"https://localhost:{proxy.Port}{path}");
        using var curl = Process.Start(new ProcessStartInfo("curl", ["-sS", "--cacert", File_("run.pem"), .. arguments, url])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var error = curl.StandardError.ReadToEndAsync();
        var output = await curl.StandardOutput.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(30));
        await curl.WaitForExitAsync();
        return curl.ExitCode == 0 ? output : throw new AuthenticationException(await error);
    }
}
