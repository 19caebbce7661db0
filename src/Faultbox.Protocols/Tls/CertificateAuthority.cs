using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Faultbox.Protocols.Tls;

/// <summary>
/// The certificate authority of one run: ECDSA P-256, made when it is first needed. Its key never leaves memory.
/// </summary>
public sealed class CertificateAuthority : IDisposable
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private static readonly TimeSpan Backdating = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    private readonly X509Certificate2 _certificate;

    /// <summary>Makes an authority.</summary>
    /// <param name="name">Its common name.</param>
    public CertificateAuthority(string name = "Faultbox run CA")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var now = DateTimeOffset.UtcNow;
        _certificate = request.CreateSelfSigned(now - Backdating, now + Lifetime);
    }

    /// <summary>The certificate, without its key.</summary>
    public string Pem => _certificate.ExportCertificatePem();

    /// <summary>The certificate, without its key.</summary>
    public X509Certificate2 Certificate => X509CertificateLoader.LoadCertificate(_certificate.RawData);

    /// <summary>Issues a certificate with its key for clients and servers.</summary>
    /// <param name="commonName">Common name.</param>
    /// <param name="names">DNS names and addresses it is good for.</param>
    /// <param name="hasExpired">True for one that was good until a day ago.</param>
    public X509Certificate2 Issue(string commonName, IEnumerable<string> names, bool hasExpired = false)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={commonName}", key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names.Where(n => n.Length > 0).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            if (IPAddress.TryParse(name, out var address))
            {
                alternatives.AddIpAddress(address);
            }
            else
            {
                alternatives.AddDnsName(name);
            }
        }

        request.CertificateExtensions.Add(alternatives.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new(ServerAuthentication), new(ClientAuthentication)], false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_certificate, true, false));
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] &= 0x7F;
        using var authorityKey = _certificate.GetECDsaPrivateKey()!;
        var (from, until) = hasExpired
            ? (DateTimeOffset.UtcNow - (2 * Lifetime), DateTimeOffset.UtcNow - Lifetime)
            : (DateTimeOffset.UtcNow - Backdating, _certificate.NotAfter);
        using var issued = request.Create(_certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(authorityKey), from, until, serial);
        return issued.CopyWithPrivateKey(key);
    }

    /// <inheritdoc/>
    public void Dispose() => _certificate.Dispose();
}
