using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Faultbox.Protocols.Http;

namespace Faultbox.Protocols.Tls;

/// <summary>TLS for the clients of steps and probes.</summary>
internal static class TlsConnect
{
    /// <summary>A stream on a connected socket, after its handshake when there is one to make.</summary>
    /// <exception cref="System.Security.Authentication.AuthenticationException">The peer could not be verified.</exception>
    /// <exception cref="IOException">The handshake failed.</exception>
    public static Stream Over(Socket socket, TlsTrust? trust, string host, CancellationToken cancellation)
    {
        var plain = new NetworkStream(socket, ownsSocket: false);
        if (trust is null)
        {
            return plain;
        }

        var tls = new SslStream(plain, leaveInnerStreamOpen: false);
        tls.AuthenticateAsClientAsync(trust.Options(host, []), cancellation).GetAwaiter().GetResult();
        return tls;
    }

    /// <summary>
    /// A handler of HTTP for one request, which it sends once. It keeps no connection: a kept one would outlive fault windows and tests.
    /// </summary>
    /// <param name="trust">TLS of the service; null for none.</param>
    /// <param name="host">Host that is dialed.</param>
    /// <param name="follow">True to follow redirects.</param>
    public static HttpMessageInvoker Http(TlsTrust? trust, string host, bool follow)
    {
        var connections = new SingleSend();
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = follow,
            MaxAutomaticRedirections = Redirects.Most,
            UseProxy = false,
            UseCookies = false,
            ActivityHeadersPropagator = null,
            RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8,
            PooledConnectionLifetime = TimeSpan.Zero,
            ConnectCallback = connections.ConnectAsync,
        };
        if (trust is not null)
        {
            handler.SslOptions = trust.Options(host, []);
        }

        return new SingleRequest(handler, connections);
    }

    /// <summary>Ends its connections when it is disposed.</summary>
    private sealed class SingleRequest(SocketsHttpHandler handler, SingleSend connections) : HttpMessageInvoker(handler)
    {
        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            connections.End();
        }
    }
}
