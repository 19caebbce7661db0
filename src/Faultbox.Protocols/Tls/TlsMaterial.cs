using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Faultbox.Core.Topology;

namespace Faultbox.Protocols.Tls;

/// <summary>Reads certificates and keys from PEM files.</summary>
public static class TlsMaterial
{
    /// <summary>Reads everything that an interface names, so that mistakes come out when a specification loads.</summary>
    /// <exception cref="TlsMaterialException">A file cannot be used.</exception>
    public static void Verify(TlsDefinition tls)
    {
        if (tls.ProxyCertificate is { } proxy)
        {
            Pair("proxy_cert", proxy, "proxy_key", tls.ProxyKey!).Dispose();
        }

        if (tls.ClientAuthorities is { } authorities)
        {
            Authorities("client_ca", authorities);
        }

        TlsTrust.Toward(tls).Certificate?.Dispose();
    }

    /// <summary>Reads a certificate with its key, so that mistakes come out when a specification loads.</summary>
    /// <exception cref="TlsMaterialException">A file cannot be used, or they do not belong together.</exception>
    public static void VerifyPair(string certificateField, string certificate, string keyField, string key) =>
        Pair(certificateField, certificate, keyField, key).Dispose();

    /// <summary>A certificate with its key.</summary>
    /// <exception cref="TlsMaterialException">A file cannot be used, or they do not belong together.</exception>
    internal static X509Certificate2 Pair(string certificateField, string certificate, string keyField, string key)
    {
        var certificateText = Read(certificateField, certificate);
        var keyText = Read(keyField, key);
        try
        {
            using var pair = X509Certificate2.CreateFromPem(certificateText, keyText);

            // A key that is only in memory cannot be used by every TLS implementation; a round trip through PKCS#12 makes it usable.
            return X509CertificateLoader.LoadPkcs12(pair.Export(X509ContentType.Pkcs12), null);
        }
        catch (CryptographicException)
        {
            throw new TlsMaterialException($"{certificateField}= {certificate} and {keyField}= {key} are no matching certificate and key in PEM form");
        }
        catch (ArgumentException)
        {
            throw new TlsMaterialException($"{keyField}= {key} is not the key of {certificateField}= {certificate}");
        }
    }

    /// <summary>The certificates after the first one of a file: those that lead from it to its authority.</summary>
    /// <exception cref="TlsMaterialException">The file cannot be used.</exception>
    internal static X509Certificate2Collection Issuers(string field, string file)
    {
        var issuers = Authorities(field, file);
        issuers.RemoveAt(0);
        return issuers;
    }

    /// <summary>Certificates of authorities.</summary>
    /// <exception cref="TlsMaterialException">The file cannot be used.</exception>
    public static X509Certificate2Collection Authorities(string field, string file)
    {
        var collection = new X509Certificate2Collection();
        try
        {
            collection.ImportFromPem(Read(field, file));
        }
        catch (CryptographicException)
        {
            collection.Clear();
        }

        return collection.Count > 0 ? collection : throw new TlsMaterialException($"{field}= {file} has no certificate in PEM form");
    }

    /// <summary>Versions that an interface allows.</summary>
    internal static SslProtocols Versions(TlsDefinition tls) =>
        tls.RequiresTls13 ? SslProtocols.Tls13 : SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>Trust in the given authorities only.</summary>
    internal static X509ChainPolicy ChainPolicy(X509Certificate2Collection roots)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(roots);
        return policy;
    }

    private static string Read(string field, string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TlsMaterialException($"{field}= {file} cannot be read: {(File.Exists(file) || Directory.Exists(file) ? "no permission, or no file" : "no such file")}");
        }
    }
}
