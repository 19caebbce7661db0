using System.Net.Sockets;
using System.Security.Authentication;
using Faultbox.Protocols.Http2.Codec;
using Faultbox.Protocols.Tls;

namespace Faultbox.Protocols;

/// <summary>Turns a failed connection or exchange into the short text that users see.</summary>
internal static class TransportError
{
    /// <summary>Text such as <c>connection refused</c> for any failure a socket or HTTP client raises.</summary>
    public static string Describe(Exception error)
    {
        for (var e = error; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case SocketException socket:
                    return Describe(socket.SocketErrorCode);
                case TimeoutException or TaskCanceledException { InnerException: TimeoutException }:
                    return "timed out";
                case HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded }:
                    return "connection closed before the response was complete";
                case HttpProtocolException http when http.ErrorCode >= 0 && http.ErrorCode < Http2ErrorName.All.Count:
                    return $"HTTP/2 error from the peer: {Http2ErrorName.All[(int)http.ErrorCode]}";
                case HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse } when !HasEnded(e):
                case HttpIOException { HttpRequestError: HttpRequestError.InvalidResponse } when !HasEnded(e):
                    return "the answer is not valid HTTP";
                case AuthenticationException:
                    return $"TLS: {HandshakeFailure.Describe(e)}";
                case EndOfStreamException:
                    return "connection closed by the peer";
            }
        }

        return error is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError, InnerException: IOException }
            ? "TLS: connection closed by the peer during the handshake"
            : error.Message;
    }

    /// <summary>True when an answer is invalid because the connection ended within it, or before it.</summary>
    private static bool HasEnded(Exception error)
    {
        var cause = error.InnerException;
        return cause is HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded } or SocketException || (cause is not null && HasEnded(cause));
    }

    private static string Describe(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => "connection refused",
        SocketError.ConnectionReset => "connection reset by peer",
        SocketError.ConnectionAborted => "connection aborted",
        SocketError.TimedOut => "connection timed out",
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => "no such host",
        SocketError.HostUnreachable => "no route to host",
        SocketError.NetworkUnreachable => "network is unreachable",
        SocketError.Shutdown => "broken pipe",
        _ => new SocketException((int)error).Message,
    };
}
