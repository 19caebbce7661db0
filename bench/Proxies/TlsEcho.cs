using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Faultbox.Core.Topology;
using Faultbox.Protocols.Relay;
using Faultbox.Protocols.Tls;

namespace Faultbox.Bench.Proxies;

/// <summary>A service that speaks TLS and sends back what it gets, and the stage of a proxy in front of it.</summary>
internal sealed class TlsEcho : IDisposable
{
    private readonly CertificateAuthority _authority = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    /// <summary>Starts to listen.</summary>
    public TlsEcho()
    {
        _listener.Start(512);
        _ = AcceptAsync();
    }

    /// <summary>A client that takes any certificate: what is looked for is not who answers.</summary>
    public static SslClientAuthenticationOptions Trusting { get; } = new()
    {
        TargetHost = "localhost",
        RemoteCertificateValidationCallback = static (_, _, _, _) => true,
    };

    /// <summary>Port.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>TLS on both sides of a proxy.</summary>
    public ILegStage Stage() =>
        new TlsStage(new TlsDefinition { Insecure = true }, [], "localhost", _ => _authority.Issue("faultbox-proxy", ["localhost"]));

    /// <inheritdoc/>
    public void Dispose()
    {
        _listener.Dispose();
        _authority.Dispose();
    }

    private async Task AcceptAsync()
    {
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(_authority.Issue("service", ["localhost"]), null, offline: true),
        };
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptSocketAsync().ConfigureAwait(false), options);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The soak is over.
        }
    }

    private static async Task ServeAsync(Socket socket, SslServerAuthenticationOptions options)
    {
        var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
        try
        {
            await tls.AuthenticateAsServerAsync(options).ConfigureAwait(false);
            await tls.CopyToAsync(tls).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            // A client that left.
        }
        finally
        {
            await tls.DisposeAsync().ConfigureAwait(false);
        }
    }
}
