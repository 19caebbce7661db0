using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Faultbox.Protocols.Tests;

/// <summary>A raw TCP peer: hands every accepted connection to a script of bytes in and bytes out.</summary>
internal sealed class LineServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<byte> _received = [];
    private readonly List<Socket> _open = [];

    public LineServer(Func<string, byte[]> answer, bool keepOpen = false)
    {
        _listener.Start();
        _ = Task.Run(() => AcceptAsync(answer, keepOpen));
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Received
    {
        get
        {
            lock (_received)
            {
                return Encoding.UTF8.GetString([.. _received]);
            }
        }
    }

    public void Dispose()
    {
        _listener.Stop();
        _open.ForEach(p => p.Dispose());
    }

    private async Task AcceptAsync(Func<string, byte[]> answer, bool keepOpen)
    {
        while (true)
        {
            Socket peer;
            try
            {
                peer = await _listener.AcceptSocketAsync();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }

            var buffer = new byte[64 * 1024];
            var count = await peer.ReceiveAsync(buffer);
            lock (_received)
            {
                _received.AddRange(buffer.AsSpan(0, count));
            }

            await peer.SendAsync(answer(Encoding.UTF8.GetString(buffer, 0, count)));
            if (keepOpen)
            {
                _open.Add(peer);
            }
            else
            {
                peer.Dispose();
            }
        }
    }
}
