using System.Diagnostics;
using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Faultbox.Core.Events;
using Faultbox.Core.Topology;
using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Tls;

/// <summary>
/// Terminates TLS toward the client and opens TLS toward the service, so that relays and rules see plain text. The service is asked for
/// what the client negotiated.
/// </summary>
internal sealed class TlsStage : ILegStage
{
    private readonly IReadOnlyList<string> _protocols;
    private readonly TlsTrust _trust;
    private readonly string _host;
    private readonly SslServerAuthenticationOptions _server;

    /// <summary>Prepares the certificates.</summary>
    /// <param name="tls">TLS of the interface.</param>
    /// <param name="protocols">Application protocols of its protocol.</param>
    /// <param name="host">Host of the service, whose name is verified.</param>
    /// <param name="issue">Issues the certificate for clients when the specification names none.</param>
    /// <exception cref="TlsMaterialException">A file cannot be used.</exception>
    public TlsStage(TlsDefinition tls, IReadOnlyList<string> protocols, string host, Func<X509Certificate2> issue)
    {
        _protocols = tls.ApplicationProtocols ?? protocols;
        _trust = TlsTrust.Toward(tls);
        _host = host;
        var certificate = tls.ProxyCertificate is { } file ? TlsMaterial.Pair("proxy_cert", file, "proxy_key", tls.ProxyKey!) : issue();
        _server = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(certificate, null, offline: true),
            EnabledSslProtocols = TlsMaterial.Versions(tls),
            ClientCertificateRequired = tls.RequireClientCertificate || tls.ClientAuthorities is not null,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            ApplicationProtocols = _protocols.Count == 0 ? null : [.. _protocols.Select(p => new SslApplicationProtocol(p))],
        };
        if (tls.ClientAuthorities is { } authorities)
        {
            _server.CertificateChainPolicy = TlsMaterial.ChainPolicy(TlsMaterial.Authorities("client_ca", authorities));
        }

        if (!tls.RequireClientCertificate && _server.ClientCertificateRequired)
        {
            _server.RemoteCertificateValidationCallback = static (_, certificate, _, errors) =>
                certificate is null || errors == SslPolicyErrors.None;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ProxyConnection> PrepareAsync(ProxyConnection connection, CancellationToken cancellation)
    {
        var client = await ShakeAsync(
            connection, connection.Client, "client", (tls, bound) => tls.AuthenticateAsServerAsync(_server, bound), cancellation).ConfigureAwait(false);
        IReadOnlyList<string> protocols = client.NegotiatedProtocol is { } negotiated ? [negotiated] : _protocols;
        var upstream = await ShakeAsync(
            connection,
            connection.Upstream,
            "upstream",
            (tls, bound) => tls.AuthenticateAsClientAsync(_trust.Options(_host, protocols), bound),
            cancellation).ConfigureAwait(false);
        return connection.With(client, upstream);
    }

    private static async Task<TlsLeg> ShakeAsync(
        ProxyConnection connection, Leg leg, string side, Func<SslStream, CancellationToken, Task> handshake, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        var tls = new SslStream(new LegStream(leg), leaveInnerStreamOpen: true);
        try
        {
            await handshake(tls, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is AuthenticationException or IOException or SocketException or OperationCanceledException)
        {
            connection.Emit("proxy_tls_handshake_failed", new("leg", side), new("error", Cause(e)));
            await tls.DisposeAsync().ConfigureAwait(false);
            throw new IOException($"the TLS handshake with the {side} failed", e);
        }

        var established = new TlsLeg(leg, tls);
        connection.Emit(
            "proxy_tls_handshake_complete",
            new("leg", side),
            new("version", tls.SslProtocol == SslProtocols.Tls13 ? "1.3" : "1.2"),
            new("cipher", tls.NegotiatedCipherSuite.ToString()),
            new("alpn", established.NegotiatedProtocol ?? ""),
            new("sni", tls.TargetHostName),
            new EventField("duration_ms", ((long)Stopwatch.GetElapsedTime(started).TotalMilliseconds).ToString(CultureInfo.InvariantCulture)));
        return established;
    }

    /// <summary>The most telling part of a failed handshake.</summary>
    private static string Cause(Exception error) => error switch
    {
        OperationCanceledException => "timed out",
        AuthenticationException { InnerException: { Message: var inner } } outer when !outer.Message.Contains("RemoteCertificate", StringComparison.Ordinal) => inner,
        AuthenticationException { Message: var message } => message,
        _ => TransportError.Describe(error),
    };
}
