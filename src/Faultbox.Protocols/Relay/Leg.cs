namespace Faultbox.Protocols.Relay;

/// <summary>
/// One side of a relayed connection: bytes in, bytes out, and the three ways in which a connection ends. One reader and one writer may be
/// active at the same time. A failed transport is an <see cref="IOException"/> or a <see cref="System.Net.Sockets.SocketException"/>.
/// </summary>
internal abstract class Leg : IDisposable
{
    /// <summary>Application protocol negotiated by TLS; null without TLS or without negotiation.</summary>
    public virtual string? NegotiatedProtocol => null;

    /// <summary>The socket when bytes pass this leg at the moment as they are on it; null when something sees, changes or holds them.</summary>
    public virtual SocketLeg? Bare => null;

    /// <summary>True when the transport has failed; a peer that ended in order has not. What the peer sent before may still wait to be read.</summary>
    public abstract bool HasFailed { get; }

    /// <summary>
    /// Completes when the peer resets the connection or the network fails it, while nobody reads or writes. An end in order does not complete it:
    /// the peer may still listen.
    /// </summary>
    public abstract Task Broken { get; }

    /// <summary>Completes when nothing is left that was to be delivered after <see cref="Dispose"/>.</summary>
    public abstract Task Delivered { get; }

    /// <summary>Reads what is there, waiting for at least one byte; 0 when the peer has sent FIN.</summary>
    public abstract ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellation);

    /// <summary>
    /// Waits, without holding a buffer, until something can be received: idle connections cost no memory. It may complete early, when what it
    /// was told of has been received meanwhile: the receive after it may still have to wait.
    /// </summary>
    public abstract ValueTask WaitReadableAsync(CancellationToken cancellation);

    /// <summary>Writes all bytes; completes when the transport has taken them, so a slow peer slows the sender.</summary>
    public abstract ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellation);

    /// <summary>Ends the sending direction with FIN; the other direction stays open.</summary>
    public abstract void ShutdownSend();

    /// <summary>Ends the connection with RST in both directions.</summary>
    public abstract void Reset();

    /// <summary>Ends the connection in order; unsent data is still delivered.</summary>
    public abstract void Dispose();
}
