using System.Net;
using System.Net.Sockets;
using Faultbox.Protocols.Polling;
using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Udp.Proxy;

/// <summary>
/// Datagrams of new clients that have come while the name of the service was being looked up. They are passed in the order in which they came,
/// on the thread of the loop; the lookup is on no thread of a loop.
/// </summary>
/// <param name="upstream">The service.</param>
/// <param name="loop">Loop of the proxy.</param>
/// <param name="known">Told on the thread of the loop when the lookup is over.</param>
internal sealed class Newcomers(ProxyUpstream upstream, EventLoop loop, Action<Newcomers> known) : IThreadPoolWorkItem
{
    /// <summary>Datagrams that are kept; more are lost.</summary>
    public const int Maximum = 1024;

    private readonly List<Newcomer> _waiting = [];

    /// <summary>The service.</summary>
    public ProxyUpstream Upstream => upstream;

    /// <summary>Datagrams in the order in which they came.</summary>
    public IReadOnlyList<Newcomer> Waiting => _waiting;

    /// <summary>Address of the service; null when it is not known.</summary>
    public IPAddress? Service { get; private set; }

    /// <summary>Why the address is not known.</summary>
    public SocketException? Failure { get; private set; }

    /// <summary>Keeps a copy of a datagram.</summary>
    public void Add(UdpListener listener, DatagramPath client, ReadOnlySpan<byte> datagram)
    {
        if (_waiting.Count < Maximum)
        {
            _waiting.Add(new Newcomer(listener, client, datagram.ToArray()));
        }
    }

    /// <summary>Waits for the end of a lookup.</summary>
    public async Task AwaitAsync(ValueTask<IPAddress[]> lookup)
    {
        try
        {
            Service = (await lookup.ConfigureAwait(false))[0];
        }
        catch (SocketException e)
        {
            Failure = e;
        }
        catch (OperationCanceledException)
        {
            // The proxy has stopped.
            return;
        }

        loop.TakeTurn(this);
    }

    /// <inheritdoc/>
    public void Execute() => known(this);

    /// <summary>A datagram that waits.</summary>
    /// <param name="Listener">Where it came.</param>
    /// <param name="Client">Who sent it, and where to.</param>
    /// <param name="Datagram">Its bytes.</param>
    public readonly record struct Newcomer(UdpListener Listener, DatagramPath Client, byte[] Datagram);
}
