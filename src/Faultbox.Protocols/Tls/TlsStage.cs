using System.Diagnostics;
using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Faultbox.Core.Events;
using Faultbox.Core.Proxying;
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
    private readonly TlsDefinition _tls;
    private readonly IReadOnlyList<string> _protocols;
    private readonly TlsTrust _trust;
    private readonly string _host;
    private readonly ShownCertificates _certificates;
    private readonly X509ChainPolicy? _clientPolicy;

    /// <summary>Prepares the certificates.</summary>
    /// <param name="tls">TLS of the interface.</param>
    /// <param name="protocols">Application protocols of its protocol.</param>
    /// <param name="host">Host of the service, whose name is verified.</param>
    /// <param name="issue">Issues the certificates for clients that the specification does not name.</param>
    /// <exception cref="TlsMaterialException">A file cannot be used.</exception>
    public TlsStage(TlsDefinition tls, IReadOnlyList<string> protocols, string host, Func<CertificateFlaw?, X509Certificate2> issue)
    {
        _tls = tls;
        _protocols = tls.ApplicationProtocols ?? protocols;
        _trust = TlsTrust.Toward(tls);
        _host = host;
        _certificates = new ShownCertificates(tls, issue);
        _clientPolicy = tls.ClientAuthorities is { } authorities ? TlsMaterial.ChainPolicy(TlsMaterial.Authorities("client_ca", authorities)) : null;
    }

    /// <inheritdoc/>
    public async ValueTask<ProxyConnection> PrepareAsync(ProxyConnection connection, DialBudget budget)
    {
        var hello = await HearAsync(connection, budget.Token).ConfigureAwait(false);
        var client = new PrecededLeg(connection.Client, hello.Bytes);
        var fault = await MeetRulesAsync(connection, hello, budget).ConfigureAwait(false);
        if (_protocols.Count > 1)
        {
            var chosen = await ShakeWithServiceAsync(connection, [.. _protocols.Where(hello.Protocols.Contains)], budget.Token).ConfigureAwait(false);
            var options = ServerOptions(fault, chosen.NegotiatedProtocol is { } common ? [common] : []);
            return connection.With(await ShakeWithClientAsync(connection, client, options, budget.Token).ConfigureAwait(false), chosen);
        }

        var served = await ShakeWithClientAsync(connection, client, ServerOptions(fault, _protocols), budget.Token).ConfigureAwait(false);
        IReadOnlyList<string> protocols = served.NegotiatedProtocol is { } negotiated ? [negotiated] : _protocols;
        return connection.With(served, await ShakeWithServiceAsync(connection, protocols, budget.Token).ConfigureAwait(false));
    }

    /// <summary>Reads what the client says first.</summary>
    private static async Task<ClientHello> HearAsync(ProxyConnection connection, CancellationToken cancellation)
    {
        try
        {
            return await ClientHello.ReceiveAsync(connection.Client, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            EmitFailure(connection, "client", e);
            throw new IOException("the TLS handshake with the client failed", e);
        }
    }

    /// <summary>The fault for this handshake; null for none.</summary>
    /// <exception cref="IOException">The fault has ended the handshake.</exception>
    private static async Task<TlsFault?> MeetRulesAsync(ProxyConnection connection, ClientHello hello, DialBudget budget)
    {
        if (!hello.IsUnderstood || connection.Rules is not { } rules || rules.MeetHandshake(connection.Consumer, hello.ServerName) is not { } rule)
        {
            return null;
        }

        EventField[] fields = [.. FaultParameters.Of(rule.Fault).Select(p => new EventField(p.Name, p.Value)), new("sni", hello.ServerName)];
        rules.Emit(rule, connection.Consumer, connection.Id, fields);
        if (BrokenHandshake.Is(rule.Fault.Tls!))
        {
            await BrokenHandshake.MakeAsync(connection, rules, rule, budget).ConfigureAwait(false);
            throw new IOException("a rule has ended the TLS handshake with the client");
        }

        return rule.Fault.Tls;
    }

    private SslServerAuthenticationOptions ServerOptions(TlsFault? fault, IReadOnlyList<string> protocols)
    {
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = fault is TlsFlawedCertificate { Flaw: var flaw } ? _certificates.With(flaw) : _certificates.Own,
            EnabledSslProtocols = TlsMaterial.Versions(_tls),
            ClientCertificateRequired = _tls.RequireClientCertificate || _clientPolicy is not null,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            CertificateChainPolicy = _clientPolicy,
            ApplicationProtocols = protocols.Count == 0 ? null : [.. protocols.Select(p => new SslApplicationProtocol(p))],
        };
        if (options.ClientCertificateRequired && !_tls.RequireClientCertificate)
        {
            options.RemoteCertificateValidationCallback = static (_, certificate, _, errors) => certificate is null || errors == SslPolicyErrors.None;
        }

        if (fault is TlsVersionLimit { Maximum: var maximum })
        {
            OldVersions.Limit(options, maximum);
        }

        return options;
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
            new("version", TlsVersionName.Of(tls.SslProtocol)),
            new("cipher", tls.NegotiatedCipherSuite.ToString()),
            new("alpn", established.NegotiatedProtocol ?? ""),
            new("sni", tls.TargetHostName),
            new EventField("duration_ms", ((long)Stopwatch.GetElapsedTime(started).TotalMilliseconds).ToString(CultureInfo.InvariantCulture)));
        return established;
    }

    private static void EmitFailure(ProxyConnection connection, string side, Exception error) =>
        connection.Emit("proxy_tls_handshake_failed", new("leg", side), new("error", HandshakeFailure.Describe(error)));
}
