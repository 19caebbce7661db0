using System.Security.Authentication;

namespace Faultbox.Protocols.Tls;

/// <summary>Versions of TLS as events tell them.</summary>
internal static class TlsVersionName
{
    /// <summary>The number of a version that was negotiated, for example <c>1.3</c>.</summary>
    public static string Of(SslProtocols version) => version switch
    {
        SslProtocols.Tls13 => "1.3",
        SslProtocols.Tls12 => "1.2",
#pragma warning disable SYSLIB0039, CA5397 // What an old client negotiated is told, too.
        SslProtocols.Tls11 => "1.1",
#pragma warning restore SYSLIB0039, CA5397
        _ => "1.0",
    };
}
