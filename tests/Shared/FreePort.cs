using System.Net;
using System.Net.Sockets;

namespace Faultbox.Testing;

/// <summary>
/// Ports for servers that bind a number they are told. They lie below the range from which the kernel takes the ports of outgoing
/// connections, so nothing on the machine takes one between its choice and its use; no two are given out twice by one process.
/// </summary>
internal static class FreePort
{
    private const int First = 20_000;
    private const int Count = 12_000;

    private static int _next = Environment.ProcessId * 97;

    /// <summary>A port that is free on every address of this host.</summary>
    public static int Next()
    {
        for (var tries = 0; tries < Count; tries++)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref _next) % Count);
            using var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
                return port;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // Somebody listens there; the next one.
            }
        }

        throw new InvalidOperationException("no port is free");
    }
}
