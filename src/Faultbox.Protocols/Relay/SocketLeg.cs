using System.Net.Sockets;

namespace Faultbox.Protocols.Relay;

/// <summary>A leg on a connected stream socket.</summary>
internal sealed class SocketLeg : Leg
{
    private readonly Socket _socket;

    /// <summary>Takes over a connected socket.</summary>
    public SocketLeg(Socket socket)
    {
        _socket = socket;
        if (socket.ProtocolType == ProtocolType.Tcp)
        {
            socket.NoDelay = true;
        }
    }

    /// <inheritdoc/>
    public override ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellation) =>
        _socket.ReceiveAsync(buffer, SocketFlags.None, cancellation);

    /// <inheritdoc/>
    public override async ValueTask WaitReadableAsync(CancellationToken cancellation) =>
        await _socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, cancellation).ConfigureAwait(false);

    /// <inheritdoc/>
    public override async ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellation)
    {
        while (!data.IsEmpty)
        {
            data = data[await _socket.SendAsync(data, SocketFlags.None, cancellation).ConfigureAwait(false)..];
        }
    }

    /// <inheritdoc/>
    public override void ShutdownSend() => _socket.Shutdown(SocketShutdown.Send);

    /// <inheritdoc/>
    public override void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Dispose();
    }

    /// <inheritdoc/>
    public override void Dispose() => _socket.Dispose();
}
