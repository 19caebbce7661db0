using System.Diagnostics;
using System.Globalization;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Faultbox.Core.Proxying;
using Faultbox.Core.Topology;
using Faultbox.Protocols.Tests.Relay;
using Faultbox.Protocols.Tls;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Faultbox.Protocols.Tests.Tls;

/// <summary>A Kestrel service with an authority of its own, proxies in front of it, and clients that trust the authority of the run.</summary>
public sealed class TlsPeers : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("faultbox-tls-").FullName;
    private KestrelPeer _server = null!;

    /// <summary>The authority that vouches for the service.</summary>
    public CertificateAuthority Services { get; } = new();

    /// <summary>The authority of the run.</summary>
    public CertificateAuthority Run { get; } = new();

    /// <summary>The port of the service.</summary>
    public int Port => _server.Port;

    /// <summary>TLS of an interface that verifies the service.</summary>
    public TlsDefinition Verifying => new() { Authorities = FileOf("services.pem") };

    public async ValueTask InitializeAsync()
    {
        var certificate = Usable(Services.Issue("up", ["localhost", "127.0.0.1"]));
        _server = await KestrelPeer.StartAsync(
            listener => listener.UseHttps(https =>
            {
                https.ServerCertificate = certificate;
                https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
                https.AllowAnyClientCertificate();
            }),
            server => server.Run(c => c.Response.WriteAsync($"{c.Request.Protocol} {c.Request.Path} {c.Connection.ClientCertificate?.Subject}")));
        await File.WriteAllTextAsync(FileOf("services.pem"), Services.Pem);
        await File.WriteAllTextAsync(FileOf("run.pem"), Run.Pem);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Services.Dispose();
        Run.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>A path in the directory of the certificates.</summary>
    public string FileOf(string name) => Path.Combine(_directory, name);

    /// <summary>Writes a certificate and its key as <c>name.pem</c> and <c>name.key</c>.</summary>
    public void Write(string name, X509Certificate2 certificate, params X509Certificate2[] issuers)
    {
        File.WriteAllText(FileOf($"{name}.pem"), string.Join('\n', issuers.Prepend(certificate).Select(c => c.ExportCertificatePem())));
        File.WriteAllText(FileOf($"{name}.key"), certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>A proxy in front of the service, or of another port.</summary>
    internal ProxyFixture Proxy(string protocol, TlsDefinition tls, int? upstream = null) => new(
        protocol,
        upstream ?? Port,
        new TlsStage(tls, ProtocolRegistry.Find(protocol)!.Proxy!.ApplicationProtocols, "127.0.0.1", Issue));

    /// <summary>What curl, which trusts the run's authority only, gets.</summary>
    /// <exception cref="AuthenticationException">It failed; the message is what it says.</exception>
    internal Task<string> CurlAsync(ProxyFixture proxy, string path, params string[] arguments) => RunAsync(
        "curl", ["-sS", "--cacert", FileOf("run.pem"), .. arguments, string.Create(CultureInfo.InvariantCulture, $"https://localhost:{proxy.Port}{path}")]);

    /// <summary>Output of a program.</summary>
    /// <exception cref="AuthenticationException">It failed; the message is what it says.</exception>
    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output : throw new AuthenticationException(await error + output);
    }

    private X509Certificate2 Issue(CertificateFlaw? flaw)
    {
        string[] names = flaw == CertificateFlaw.WrongName ? ["elsewhere.invalid"] : ["localhost", "127.0.0.1"];
        using var stranger = new CertificateAuthority("stranger");
        return Usable((flaw == CertificateFlaw.Untrusted ? stranger : Run).Issue("faultbox-proxy", names, flaw == CertificateFlaw.Expired));
    }

    private static X509Certificate2 Usable(X509Certificate2 certificate) =>
        X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
}
