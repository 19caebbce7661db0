using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Faultbox.Protocols.Udp.Proxy;

/// <summary>One client of a datagram proxy with a socket of its own toward the service.</summary>
internal sealed class UdpFlow : IDisposable
{
    private long _lastUse = Stopwatch.GetTimestamp();
    private long _toServer;
    private long _toClient;
    private long _bytesToServer;
    private long _bytesToClient;

    /// <summary>Opens the flow.</summary>
    /// <param name="id">Eight hexadecimal digits.</param>
    /// <param name="listener">Socket at which the client reaches the proxy.</param>
    /// <param name="consumer">Consumer of that socket; empty when not known.</param>
    /// <param name="client">Address of the client.</param>
    /// <param name="upstream">The service.</param>
    public UdpFlow(string id, Socket listener, string consumer, SocketAddress client, IPEndPoint upstream)
    {
        Id = id;
        Listener = listener;
        Consumer = consumer;
        Client = client;
        ClientText = new IPEndPoint(IPAddress.Any, 0).Create(client).ToString()!;
        Upstream = new Socket(upstream.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        Upstream.Connect(upstream);
    }

    /// <summary>Eight hexadecimal digits.</summary>
    public string Id { get; }

    /// <summary>Socket at which the client reaches the proxy; replies leave from it.</summary>
    public Socket Listener { get; }

    /// <summary>Consumer; empty when not known.</summary>
    public string Consumer { get; }

    /// <summary>Address of the client.</summary>
    public SocketAddress Client { get; }

    /// <summary><c>host:port</c> of the client.</summary>
    public string ClientText { get; }

    /// <summary>Socket toward the service.</summary>
    public Socket Upstream { get; }

    /// <summary>Datagrams that wait on their way to the service.</summary>
    public HeldDatagrams HeldToServer { get; } = new();

    /// <summary>Datagrams that wait on their way to the client.</summary>
    public HeldDatagrams HeldToClient { get; } = new();

    /// <summary>Time since the last datagram.</summary>
    public TimeSpan Idle => Stopwatch.GetElapsedTime(Volatile.Read(ref _lastUse));

    /// <summary>Datagrams and bytes relayed, to the service and to the client.</summary>
    public (long ToServer, long BytesToServer, long ToClient, long BytesToClient) Counts =>
        (Volatile.Read(ref _toServer), Volatile.Read(ref _bytesToServer), Volatile.Read(ref _toClient), Volatile.Read(ref _bytesToClient));

    /// <summary>Sends a datagram to the service; one that its host refuses is lost, as it would be without the proxy.</summary>
    public void SendToServer(ReadOnlySpan<byte> datagram)
    {
        Touch();
        Interlocked.Increment(ref _toServer);
        Interlocked.Add(ref _bytesToServer, datagram.Length);
        if (!TrySend(datagram))
        {
            // A refusal that the system reports on a send belongs to an earlier datagram: this one has not been sent yet.
            TrySend(datagram);
        }
    }

    /// <summary>Sends a datagram to the client.</summary>
    public void SendToClient(ReadOnlySpan<byte> datagram)
    {
        Touch();
        Interlocked.Increment(ref _toClient);
        Interlocked.Add(ref _bytesToClient, datagram.Length);
        try
        {
            Listener.SendTo(datagram, SocketFlags.None, Client);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The client is gone, or the proxy has stopped: lost.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Upstream.Dispose();

    private bool TrySend(ReadOnlySpan<byte> datagram)
    {
        try
        {
            Upstream.Send(datagram);
            return true;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode != SocketError.ConnectionRefused;
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
    }

    private void Touch() => Volatile.Write(ref _lastUse, Stopwatch.GetTimestamp());
}
