using System.Net.Sockets;
using System.Security.Authentication;

namespace Faultbox.Protocols.Tls;

/// <summary>Why a TLS handshake failed, in the words of the library or of the peer's alert.</summary>
internal static class HandshakeFailure
{
    /// <summary>What the library puts before the reason, as in <c>error:0A00045C:SSL routines::tlsv13 alert certificate required</c>.</summary>
    private const string Prefix = "SSL routines::";

    /// <summary>How the runtime begins its complaint about bytes that are no record of TLS.</summary>
    private const string NoRecord = "Cannot determine the frame size";

    /// <summary>The most telling part of a failure.</summary>
    public static string Describe(Exception error) => ReasonOf(error) ?? error switch
    {
        AuthenticationException { Message: var message } when message.StartsWith(NoRecord, StringComparison.Ordinal) => "what the peer sent is no TLS",
        OperationCanceledException => "timed out",
        AuthenticationException { InnerException: { Message: var inner } } outer when !outer.Message.Contains("RemoteCertificate", StringComparison.Ordinal) => inner,
        AuthenticationException { Message: var message } => message,
        IOException or SocketException => TransportError.Describe(error),
        _ => "malformed handshake",
    };

    /// <summary>True when the TLS library, and not the transport, has ended the stream: what the peer sent is an alert, or no TLS.</summary>
    public static bool IsAlert(Exception error) => ReasonOf(error) is not null;

    private static string? ReasonOf(Exception error)
    {
        for (var e = error; e is not null; e = e.InnerException)
        {
            if (e.Message.IndexOf(Prefix, StringComparison.Ordinal) is >= 0 and var found)
            {
                return e.Message[(found + Prefix.Length)..];
            }
        }

        return null;
    }
}
