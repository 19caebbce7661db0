using System.Security.Cryptography.X509Certificates;
using Faultbox.Core.Topology;
using Faultbox.Protocols.Tls;

namespace Faultbox.Runtime.Proxying;

/// <summary>
/// The certificates of a run. The authority is made when an interface with TLS asks for it; its certificate lies in the run directory for
/// clients, its key never leaves memory.
/// </summary>
internal sealed class RunSecurity : IDisposable
{
    private static readonly string[] LocalNames = ["localhost", "faultbox-proxy", "127.0.0.1", "::1", "host.docker.internal"];

    private readonly CertificateAuthority? _authority;

    /// <summary>Makes an authority when the topology needs one.</summary>
    /// <param name="services">Declared services.</param>
    /// <param name="directory">Directory of the run.</param>
    public RunSecurity(IReadOnlyList<ServiceDefinition> services, string directory)
    {
        if (services.SelectMany(s => s.Interfaces).Any(i => i.Tls is not null))
        {
            _authority = new CertificateAuthority();
            CertificateFile = Path.Combine(directory, "ca.pem");
            File.WriteAllText(CertificateFile, _authority.Pem);
        }
    }

    /// <summary>Path of the authority's certificate; null when no interface has TLS.</summary>
    public string? CertificateFile { get; }

    /// <summary>Name by which services of this host are verified.</summary>
    public static string ServiceHost => "localhost";

    /// <summary>A certificate for the proxy of a service.</summary>
    public X509Certificate2 Issue(ServiceDefinition service) => _authority!.Issue(
        "faultbox-proxy", [.. LocalNames, service.Name, .. service.Remote?.Upstreams.Values.Select(u => u.Host) ?? []]);

    /// <summary>How the driver trusts an interface that it reaches through its proxy.</summary>
    public TlsTrust TowardProxy(TlsDefinition tls) => new()
    {
        Roots = tls.ProxyCertificate is { } file ? TlsMaterial.Authorities("proxy_cert", file) : [_authority!.Certificate],

        // A certificate of the specification's own need not carry the names by which the driver dials.
        Insecure = tls.ProxyCertificate is not null,
        Certificate = tls.ClientAuthorities is null ? null : TlsTrust.Toward(tls).Certificate,
        ServerName = ServiceHost,
    };

    /// <inheritdoc/>
    public void Dispose() => _authority?.Dispose();
}
