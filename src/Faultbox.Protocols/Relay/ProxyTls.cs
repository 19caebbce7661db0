using System.Security.Cryptography.X509Certificates;
using Faultbox.Core.Proxying;
using Faultbox.Core.Topology;

namespace Faultbox.Protocols.Relay;

/// <summary>TLS on both sides of a proxy.</summary>
/// <param name="Definition">What the specification declares.</param>
/// <param name="ServiceHost">Name by which the service is verified.</param>
/// <param name="Issue">Issues a certificate for clients: a sound one, or one with a flaw that a rule asks for.</param>
public sealed record ProxyTls(TlsDefinition Definition, string ServiceHost, Func<CertificateFlaw?, X509Certificate2> Issue);
