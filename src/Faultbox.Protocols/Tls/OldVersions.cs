using System.Net.Security;
using System.Security.Authentication;

namespace Faultbox.Protocols.Tls;

/// <summary>Versions of TLS that are offered to nobody unless a rule asks for them.</summary>
internal static class OldVersions
{
#pragma warning disable SYSLIB0039, CA5397 // Speaking an old version is what the rule is for.
    private const SslProtocols Tls10 = SslProtocols.Tls;
    private const SslProtocols Tls11 = SslProtocols.Tls11;
#pragma warning restore SYSLIB0039, CA5397

    /// <summary>Makes a server speak nothing above a version.</summary>
    /// <param name="options">Options of the server.</param>
    /// <param name="maximum"><c>1.0</c>, <c>1.1</c> or <c>1.2</c>.</param>
    public static void Limit(SslServerAuthenticationOptions options, string maximum)
    {
        if (maximum == "1.2")
        {
            options.EnabledSslProtocols = SslProtocols.Tls12;
            return;
        }

        options.EnabledSslProtocols = maximum == "1.1" ? Tls10 | Tls11 : Tls10;

#pragma warning disable SYSLIB0040 // The signatures of these versions are below every security level at which this policy is not given.
        options.EncryptionPolicy = EncryptionPolicy.AllowNoEncryption;
#pragma warning restore SYSLIB0040
    }
}
