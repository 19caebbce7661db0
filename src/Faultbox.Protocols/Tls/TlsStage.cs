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
/// Terminates TLS toward the client and opens TLS toward the service, so that relays and rules see plain text. Both sides speak the same
/// application protocol: with one to choose from the service is asked for what the client negotiated; with several the service chooses
/// among those that the client offers, and the client is given that one.
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
        if (_protocols.Count > 1)
        {
            return await PrepareChoosingAsync(connection, cancellation).ConfigureAwait(false);
        }

        var client = await ShakeWithClientAsync(connection, connection.Client, _server, cancellation).ConfigureAwait(false);
        IReadOnlyList<string> protocols = client.NegotiatedProtocol is { } negotiated ? [negotiated] : _protocols;
        var upstream = await ShakeWithServiceAsync(connection, protocols, cancellation).ConfigureAwait(false);
        return connection.With(client, upstream);
    }

    private async ValueTask<ProxyConnection> PrepareChoosingAsync(ProxyConnection connection, CancellationToken cancellation)
    {
        var (hello, offered) = await HearAsync(connection, cancellation).ConfigureAwait(false);
        List<string> protocols = [.. _protocols.Where(offered.Contains)];
        var upstream = await ShakeWithServiceAsync(connection, protocols, cancellation).ConfigureAwait(false);
        var server = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = _server.ServerCertificateContext,
            EnabledSslProtocols = _server.EnabledSslProtocols,
            ClientCertificateRequired = _server.ClientCertificateRequired,
            CertificateRevocationCheckMode = _server.CertificateRevocationCheckMode,
            CertificateChainPolicy = _server.CertificateChainPolicy,
            RemoteCertificateValidationCallback = _server.RemoteCertificateValidationCallback,
            ApplicationProtocols = upstream.NegotiatedProtocol is { } chosen ? [new SslApplicationProtocol(chosen)] : null,
        };
        var client = await ShakeWithClientAsync(connection, new PrecededLeg(connection.Client, hello), server, cancellation).ConfigureAwait(false);
        return connection.With(client, upstream);
    }

    /// <summary>Reads what a client says first, and which application protocols it offers in it.</summary>
    private static async Task<(ReadOnlyMemory<byte> Bytes, IReadOnlyList<string> Offered)> HearAsync(
        ProxyConnection connection, CancellationToken cancellation)
    {
        try
        {
            return await HearAsync(connection.Client, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            EmitFailure(connection, "client", e);
            throw new IOException("the TLS handshake with the client failed", e);
        }
    }

    private static async Task<(ReadOnlyMemory<byte> Bytes, IReadOnlyList<string> Offered)> HearAsync(Leg client, CancellationToken cancellation)
    {
        var bytes = new byte[ClientHello.RecordHead];
        var count = await FillAsync(client, bytes, 0, cancellation).ConfigureAwait(false);
        if (count < bytes.Length || ClientHello.LengthOf(bytes) is not { } length)
        {
            return (bytes.AsMemory(0, count), []);
        }

        Array.Resize(ref bytes, length);
        count = await FillAsync(client, bytes, count, cancellation).ConfigureAwait(false);
        return (bytes.AsMemory(0, count), count < length ? [] : ClientHello.ProtocolsOf(bytes));
    }

    private static async Task<int> FillAsync(Leg client, byte[] bytes, int count, CancellationToken cancellation)
    {
        while (count < bytes.Length)
        {
            var more = await client.ReceiveAsync(bytes.AsMemory(count), cancellation).ConfigureAwait(false);
            if (more == 0)
            {
                break;
            }

            count += more;
        }

        return count;
    }

    private static Task<TlsLeg> ShakeWithClientAsync(
        ProxyConnection connection, Leg client, SslServerAuthenticationOptions options, CancellationToken cancellation) =>
        ShakeAsync(connection, client, "client", (tls, bound) => tls.AuthenticateAsServerAsync(options, bound), cancellation);

    private Task<TlsLeg> ShakeWithServiceAsync(ProxyConnection connection, IReadOnlyList<string> protocols, CancellationToken cancellation) =>
        ShakeAsync(
            connection,
            connection.Upstream,
            "upstream",
            (tls, bound) => tls.AuthenticateAsClientAsync(_trust.Options(_host, protocols), bound),
            cancellation);

    private static async Task<TlsLeg> ShakeAsync(
        ProxyConnection connection, Leg leg, string side, Func<SslStream, CancellationToken, Task> handshake, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        var tls = new SslStream(new LegStream(leg), leaveInnerStreamOpen: true);
        try
        {
            await handshake(tls, cancellation).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // Malformed records make the TLS stream throw more than it documents; whatever it is, the handshake has failed.
            EmitFailure(connection, side, e);
            await tls.DisposeAsync().ConfigureAwait(false);
            throw new IOException($"the TLS handshake with the {side} failed", e);
        }

        var established = new TlsLeg(leg, tls, e => EmitFailure(connection, side, e));
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

    private static void EmitFailure(ProxyConnection connection, string side, Exception error) =>
        connection.Emit("proxy_tls_handshake_failed", new("leg", side), new("error", HandshakeFailure.Describe(error)));
}
