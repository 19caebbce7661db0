using System.Collections.Concurrent;
using System.Net.Sockets;
using Faultbox.Protocols.Polling;

namespace Faultbox.Protocols.Udp.Proxy;

/// <summary>One port of a datagram proxy and the clients that have sent to it.</summary>
internal sealed class UdpListener
{
    /// <summary>Takes over the socket of a port; <see cref="PolledDatagrams.Start"/> begins to receive.</summary>
    /// <param name="consumer">Consumer whose port it is; empty for unknown callers.</param>
    /// <param name="socket">Bound socket.</param>
    /// <param name="loop">Loop of the proxy.</param>
    /// <param name="receive">Takes what clients send, on the thread of the loop.</param>
    public UdpListener(string consumer, Socket socket, EventLoop loop, Action<UdpListener, DatagramBatch> receive)
    {
        Consumer = consumer;
        Socket = new PolledDatagrams(socket, loop, batch => receive(this, batch));
    }

    /// <summary>Consumer; empty for unknown callers.</summary>
    public string Consumer { get; }

    /// <summary>Socket at which clients reach the proxy.</summary>
    public PolledDatagrams Socket { get; }

    /// <summary>Flows by client, and by the address at which it reaches the proxy.</summary>
    public ConcurrentDictionary<DatagramPath, UdpFlow> Flows { get; } = new();
}
