using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Polling;

namespace Faultbox.Protocols.Udp.Proxy;

/// <summary>One client of a datagram proxy with a socket of its own toward the service.</summary>
internal sealed class UdpFlow : IDisposable
{
    private readonly PolledDatagrams _upstream;
    private long _lastUse = Stopwatch.GetTimestamp();
    private long _toServer;
    private long _toClient;
    private long _bytesToServer;
    private long _bytesToClient;

    /// <summary>Opens the flow.</summary>
    /// <param name="id">Eight hexadecimal digits.</param>
    /// <param name="listener">Where the client reaches the proxy.</param>
    /// <param name="client">Address of the client.</param>
    /// <param name="service">Address of the service.</param>
    /// <param name="loop">Loop of the proxy.</param>
    /// <param name="reply">Takes what the service sends, on the thread of the loop.</param>
    /// <exception cref="SocketException">The service cannot be reached, or there is no descriptor to spare.</exception>
    public UdpFlow(string id, UdpListener listener, DatagramAddress client, IPEndPoint service, EventLoop loop, Action<UdpFlow, DatagramBatch> reply)
    {
        Id = id;
        Listener = listener;
        Client = client;
        ClientText = client.ToString();
        var socket = new Socket(service.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.Connect(service);
            _upstream = new PolledDatagrams(socket, loop, batch => reply(this, batch));
            _upstream.Start();
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Eight hexadecimal digits.</summary>
    public string Id { get; }

    /// <summary>Where the client reaches the proxy; replies leave from it.</summary>
    public UdpListener Listener { get; }

    /// <summary>Consumer; empty when not known.</summary>
    public string Consumer => Listener.Consumer;

    /// <summary>Address of the client.</summary>
    public DatagramAddress Client { get; }

    /// <summary><c>host:port</c> of the client.</summary>
    public string ClientText { get; }

    /// <summary>Datagrams that wait on their way to the service.</summary>
    public HeldDatagrams HeldToServer { get; } = new();

    /// <summary>Datagrams that wait on their way to the client.</summary>
    public HeldDatagrams HeldToClient { get; } = new();

    /// <summary>Time since the last datagram.</summary>
    public TimeSpan Idle => Stopwatch.GetElapsedTime(Volatile.Read(ref _lastUse));

    /// <summary>Datagrams and bytes relayed, to the service and to the client.</summary>
    public (long ToServer, long BytesToServer, long ToClient, long BytesToClient) Counts =>
        (Volatile.Read(ref _toServer), Volatile.Read(ref _bytesToServer), Volatile.Read(ref _toClient), Volatile.Read(ref _bytesToClient));

    /// <summary>Datagrams that wait on their way in a direction.</summary>
    public HeldDatagrams Held(TrafficDirection direction) => direction == TrafficDirection.ClientToServer ? HeldToServer : HeldToClient;

    /// <summary>Sends a datagram on; one that its host refuses is lost, as it would be without the proxy.</summary>
    public void Send(ReadOnlySpan<byte> datagram, TrafficDirection direction)
    {
        Count(1, datagram.Length, direction);
        if (direction == TrafficDirection.ClientToServer)
        {
            _upstream.Send(datagram);
        }
        else
        {
            Listener.Socket.Send(datagram, Client);
        }
    }

    /// <summary>Sends several datagrams on.</summary>
    public void Send(DatagramBatch batch, int first, int count, TrafficDirection direction)
    {
        var bytes = 0;
        for (var i = first; i < first + count; i++)
        {
            bytes += batch[i].Length;
        }

        Count(count, bytes, direction);
        if (direction == TrafficDirection.ClientToServer)
        {
            _upstream.Send(batch, first, count);
        }
        else
        {
            Listener.Socket.Send(batch, first, count, Client);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _upstream.Dispose();

    private void Count(int datagrams, int bytes, TrafficDirection direction)
    {
        Volatile.Write(ref _lastUse, Stopwatch.GetTimestamp());
        if (direction == TrafficDirection.ClientToServer)
        {
            Interlocked.Add(ref _toServer, datagrams);
            Interlocked.Add(ref _bytesToServer, bytes);
        }
        else
        {
            Interlocked.Add(ref _toClient, datagrams);
            Interlocked.Add(ref _bytesToClient, bytes);
        }
    }
}
