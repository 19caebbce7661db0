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
    private readonly FlowCounter _toServer = new();
    private readonly FlowCounter _toClient = new();
    private long _lastUse = Stopwatch.GetTimestamp();

    /// <summary>Opens the flow.</summary>
    /// <param name="id">Eight hexadecimal digits.</param>
    /// <param name="listener">Where the client reaches the proxy.</param>
    /// <param name="client">The client, and the address at which it reaches the proxy.</param>
    /// <param name="service">Address of the service.</param>
    /// <param name="loop">Loop of the proxy.</param>
    /// <param name="reply">Takes what the service sends, on the thread of the loop.</param>
    /// <exception cref="SocketException">The service cannot be reached, or there is no descriptor to spare.</exception>
    public UdpFlow(string id, UdpListener listener, DatagramPath client, IPEndPoint service, EventLoop loop, Action<UdpFlow, DatagramBatch> reply)
    {
        Id = id;
        Listener = listener;
        Client = client;
        Service = service.Address;
        ClientText = client.Peer.ToString();
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

    /// <summary>The client, and the address at which it reaches the proxy.</summary>
    public DatagramPath Client { get; }

    /// <summary>Address of the service.</summary>
    public IPAddress Service { get; }

    /// <summary>True once after the system has told that nothing takes what was sent to the service.</summary>
    public bool TakeRefusal() => _upstream.TakeRefusal();

    /// <summary><c>host:port</c> of the client.</summary>
    public string ClientText { get; }

    /// <summary>Datagrams that wait on their way to the service.</summary>
    public HeldDatagrams HeldToServer { get; } = new();

    /// <summary>Datagrams that wait on their way to the client.</summary>
    public HeldDatagrams HeldToClient { get; } = new();

    /// <summary>Time since the last datagram.</summary>
    public TimeSpan Idle => Stopwatch.GetElapsedTime(Volatile.Read(ref _lastUse));

    /// <summary>What has passed to the service.</summary>
    public FlowCounter ToServer => _toServer;

    /// <summary>What has passed to the client.</summary>
    public FlowCounter ToClient => _toClient;

    /// <summary>Datagrams that wait on their way in a direction.</summary>
    public HeldDatagrams Held(TrafficDirection direction) => direction == TrafficDirection.ClientToServer ? HeldToServer : HeldToClient;

    /// <summary>Sends a datagram on; one that its host refuses is lost, as it would be without the proxy.</summary>
    public void Send(ReadOnlySpan<byte> datagram, TrafficDirection direction)
    {
        var isSent = direction == TrafficDirection.ClientToServer ? _upstream.Send(datagram) : Listener.Socket.Send(datagram, Client);
        Count(1, isSent ? (1, datagram.Length) : default, direction);
    }

    /// <summary>Sends several datagrams on.</summary>
    public void Send(DatagramBatch batch, int first, int count, TrafficDirection direction) => Count(
        count,
        direction == TrafficDirection.ClientToServer ? _upstream.Send(batch, first, count) : Listener.Socket.Send(batch, first, count, Client),
        direction);

    /// <inheritdoc/>
    public void Dispose() => _upstream.Dispose();

    private void Count(int given, (int Datagrams, int Bytes) sent, TrafficDirection direction)
    {
        Volatile.Write(ref _lastUse, Stopwatch.GetTimestamp());
        (direction == TrafficDirection.ClientToServer ? _toServer : _toClient).Add(given - sent.Datagrams, sent.Datagrams, sent.Bytes);
    }
}
