using System.Net;
using System.Net.Sockets;

namespace Faultbox.Runtime.Containers;

/// <summary>A port of this host, chosen by the kernel, that sends every datagram back, or the first byte of every connection.</summary>
internal sealed class EchoPort : IDisposable
{
    private readonly Socket _socket;

    private EchoPort(IPAddress address, bool datagrams)
    {
        _socket = datagrams
            ? new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp)
            : new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            _socket.DualMode = true;
        }

        try
        {
            _socket.Bind(new IPEndPoint(address, 0));
        }
        catch
        {
            _socket.Dispose();
            throw;
        }

        _ = datagrams ? ReturnAsync() : AcceptAsync();
    }

    /// <summary>Binds the port.</summary>
    /// <param name="asked">The address that is going to be asked. Datagrams are answered from there, when it is one of this host.</param>
    /// <param name="bound">Address of this host, or all of them.</param>
    /// <param name="datagrams">True for UDP, else TCP.</param>
    public static EchoPort Open(IPAddress asked, IPAddress bound, bool datagrams)
    {
        try
        {
            return new EchoPort(datagrams ? asked : bound, datagrams);
        }
        catch (SocketException) when (datagrams)
        {
            return new EchoPort(bound, datagrams);
        }
    }

    /// <summary>The port.</summary>
    public int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private async Task AcceptAsync()
    {
        _socket.Listen();
        try
        {
            while (true)
            {
                _ = EchoAsync(await _socket.AcceptAsync().ConfigureAwait(false));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed.
        }
    }

    private static async Task EchoAsync(Socket connection)
    {
        using (connection)
        {
            try
            {
                var single = new byte[1];
                var count = await connection.ReceiveAsync(single).ConfigureAwait(false);
                await connection.SendAsync(single.AsMemory(0, count)).ConfigureAwait(false);
            }
            catch (SocketException)
            {
                // The other side notices.
            }
        }
    }

    private async Task ReturnAsync()
    {
        var any = new IPEndPoint(_socket.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, 0);
        var buffer = new byte[64];
        try
        {
            while (true)
            {
                var came = await _socket.ReceiveFromAsync(buffer, any).ConfigureAwait(false);
                await _socket.SendToAsync(buffer.AsMemory(0, came.ReceivedBytes), came.RemoteEndPoint).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed.
        }
    }
}
