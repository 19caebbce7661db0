using System.Net;
using System.Net.Sockets;

namespace Faultbox.Protocols.Tests.Relay;

/// <summary>A raw TCP service: every connection is handed to a script, and what it receives is kept, connection after connection.</summary>
internal sealed class RecordingPeer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<byte> _received = [];

    public RecordingPeer(Func<Socket, RecordingPeer, Task> script)
    {
        _listener.Start();
        _ = AcceptAsync(script);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public byte[] Received
    {
        get
        {
            lock (_received)
            {
                return [.. _received];
            }
        }
    }

    /// <summary>Number of bytes received.</summary>
    public int Count
    {
        get
        {
            lock (_received)
            {
                return _received.Count;
            }
        }
    }

    public void Dispose() => _listener.Stop();

    /// <summary>Keeps what a script has received.</summary>
    public void Record(ReadOnlySpan<byte> bytes)
    {
        lock (_received)
        {
            _received.AddRange(bytes);
        }
    }

    /// <summary>Receives until so many bytes have come in all; false at the end of the stream.</summary>
    public async Task<bool> ReceiveUntilAsync(Socket socket, int total)
    {
        var buffer = new byte[64 * 1024];
        while (Count < total)
        {
            var count = await socket.ReceiveAsync(buffer);
            if (count == 0)
            {
                return false;
            }

            lock (_received)
            {
                _received.AddRange(buffer.AsSpan(0, count));
            }
        }

        return true;
    }

    private async Task AcceptAsync(Func<Socket, RecordingPeer, Task> script)
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync();
                _ = RunAsync(socket, script);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task RunAsync(Socket socket, Func<Socket, RecordingPeer, Task> script)
    {
        using (socket)
        {
            try
            {
                await script(socket, this);
            }
            catch (SocketException)
            {
            }
        }
    }
}
