using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Faultbox.Core.Proxying;
using Faultbox.Core.Topology;

namespace Faultbox.Protocols.Tls;

/// <summary>The certificates that a proxy shows its clients: its own, and those with a flaw as rules ask for them.</summary>
internal sealed class ShownCertificates
{
    private readonly Func<CertificateFlaw?, X509Certificate2> _issue;
    private readonly ConcurrentDictionary<CertificateFlaw, SslStreamCertificateContext> _flawed = new();

    /// <summary>Prepares the proxy's own certificate.</summary>
    /// <param name="tls">TLS of the interface.</param>
    /// <param name="issue">Issues what the specification does not name.</param>
    /// <exception cref="TlsMaterialException">A file cannot be used.</exception>
    public ShownCertificates(TlsDefinition tls, Func<CertificateFlaw?, X509Certificate2> issue)
    {
        _issue = issue;
        Own = tls.ProxyCertificate is { } file
            ? SslStreamCertificateContext.Create(
                TlsMaterial.Pair("proxy_cert", file, "proxy_key", tls.ProxyKey!), TlsMaterial.Issuers("proxy_cert", file), offline: true)
            : SslStreamCertificateContext.Create(issue(null), null, offline: true);
    }

    /// <summary>The proxy's own certificate.</summary>
    public SslStreamCertificateContext Own { get; }

    /// <summary>One with a flaw, issued when it is first asked for.</summary>
    public SslStreamCertificateContext With(CertificateFlaw flaw) =>
        _flawed.GetOrAdd(flaw, f => SslStreamCertificateContext.Create(_issue(f), null, offline: true));
}
