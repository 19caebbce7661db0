using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Faultbox.Core.Topology;

namespace Faultbox.Protocols.Tls;

/// <summary>How a client of a TLS service verifies it and shows itself.</summary>
public sealed record TlsTrust
{
    /// <summary>Authorities that verify the service; null for those of the system.</summary>
    public X509Certificate2Collection? Roots { get; init; }

    /// <summary>True to accept any certificate.</summary>
    public bool Insecure { get; init; }

    /// <summary>The only certificate to accept, whatever its names; null to go by <see cref="Roots"/>.</summary>
    public X509Certificate2? Pinned { get; init; }

    /// <summary>Certificate with key to show; null for none.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>Certificates that lead from <see cref="Certificate"/> to its authority.</summary>
    public X509Certificate2Collection Issuers { get; init; } = [];

    /// <summary>Name asked of and verified at the service; null for the host that is dialed.</summary>
    public string? ServerName { get; init; }

    /// <summary>Lowest version.</summary>
    public SslProtocols Protocols { get; init; } = SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>The trust toward the service behind an interface.</summary>
    /// <exception cref="TlsMaterialException">A file cannot be used.</exception>
    public static TlsTrust Toward(TlsDefinition tls) => new()
    {
        Roots = tls.Authorities is { } file ? TlsMaterial.Authorities("ca", file) : null,
        Insecure = tls.Insecure,
        Certificate = tls.ClientCertificate is { } certificate
            ? TlsMaterial.Pair("client_cert", certificate, "client_key", tls.ClientKey!)
            : null,
        Issuers = tls.ClientCertificate is { } chain ? TlsMaterial.Issuers("client_cert", chain) : [],
        ServerName = tls.ServerName,
        Protocols = TlsMaterial.Versions(tls),
    };

    /// <summary>Options of a handshake.</summary>
    /// <param name="host">Host that is dialed.</param>
    /// <param name="applicationProtocols">Protocols to offer; empty for no negotiation.</param>
    public SslClientAuthenticationOptions Options(string host, IReadOnlyList<string> applicationProtocols)
    {
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = ServerName ?? host,
            EnabledSslProtocols = Protocols,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            ApplicationProtocols = applicationProtocols.Count == 0 ? null : [.. applicationProtocols.Select(p => new SslApplicationProtocol(p))],
        };
        if (Certificate is { } certificate)
        {
            options.ClientCertificateContext = SslStreamCertificateContext.Create(certificate, Issuers, offline: true);
        }

        if (Pinned is { } pinned)
        {
            options.RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null && shown.GetRawCertData().AsSpan().SequenceEqual(pinned.RawData);
        }
        else if (Insecure)
        {
            options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        }
        else if (Roots is { } roots)
        {
            options.CertificateChainPolicy = TlsMaterial.ChainPolicy(roots);
        }

        return options;
    }
}
