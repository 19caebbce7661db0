using System.Security.Cryptography.X509Certificates;
using Faultbox.Core.Proxying;
using Faultbox.Core.Topology;
using Faultbox.Protocols.Tls;

namespace Faultbox.Runtime.Proxying;

/// <summary>
/// The certificates of a run. The authority is made when an interface with TLS asks for it; its certificate lies in the run directory for
/// clients, its key never leaves memory.
/// </summary>
internal sealed class RunSecurity : IDisposable
{
    private const string CommonName = "faultbox-proxy";

    /// <summary>A name that no host can have (RFC 6761 section 6.4).</summary>
    private const string OtherName = "wrong-name.invalid";

    private static readonly string[] LocalNames = ["localhost", CommonName, "127.0.0.1", "::1", "host.docker.internal"];

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
    /// <param name="service">The service.</param>
    /// <param name="flaw">What is wrong with it; null for nothing.</param>
    public X509Certificate2 Issue(ServiceDefinition service, CertificateFlaw? flaw)
    {
        string[] names = flaw == CertificateFlaw.WrongName
            ? [OtherName]
            : [.. LocalNames, service.Name, .. service.Remote?.Upstreams.Values.Select(u => u.Host) ?? []];
        if (flaw != CertificateFlaw.Untrusted)
        {
            return _authority!.Issue(CommonName, names, hasExpired: flaw == CertificateFlaw.Expired);
        }

        using var stranger = new CertificateAuthority("Faultbox unknown CA");
        return stranger.Issue(CommonName, names);
    }

    /// <summary>How the driver trusts an interface that it reaches through its proxy.</summary>
    public TlsTrust TowardProxy(TlsDefinition tls) => new()
    {
        Roots = tls.ProxyCertificate is null ? [_authority!.Certificate] : null,

        // A certificate of the specification's own need not carry the names by which the driver dials.
        Pinned = tls.ProxyCertificate is { } file ? TlsMaterial.Authorities("proxy_cert", file)[0] : null,
        Certificate = tls.ClientAuthorities is null ? null : TlsTrust.Toward(tls).Certificate,
        Issuers = TlsTrust.Toward(tls).Issuers,
        ServerName = ServiceHost,
    };

    /// <inheritdoc/>
    public void Dispose() => _authority?.Dispose();
}
