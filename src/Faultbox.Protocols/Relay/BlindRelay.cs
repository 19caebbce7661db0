using System.Buffers;
using System.Net.Sockets;
using Faultbox.Core.Proxying;

namespace Faultbox.Protocols.Relay;

/// <summary>Relays bytes without looking at them. Each direction ends on its own; memory is held only while bytes are under way.</summary>
internal sealed class BlindRelay : IConnectionRelay
{
    private const int BufferSize = 64 * 1024;

    /// <inheritdoc/>
    public async Task<ConnectionEnd> RelayAsync(ProxyConnection connection, CancellationToken cancellation)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var up = CopyAsync(connection, TrafficDirection.ClientToServer, over.Token);
        var down = CopyAsync(connection, TrafficDirection.ServerToClient, over.Token);
        var first = await Task.WhenAny(up, down).ConfigureAwait(false);
        var end = await EndAsync(first).ConfigureAwait(false);
        if (end.Reset)
        {
            var (peer, others) = first == up ? (connection.Upstream, down) : (connection.Client, up);
            await EarlyAnswer.PassAsync(connection, peer, others, cancellation).ConfigureAwait(false);
            await over.CancelAsync().ConfigureAwait(false);
            await ((Task)Task.WhenAll(up, down)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return end;
        }

        var second = await EndAsync(first == up ? down : up).ConfigureAwait(false);
        return second.Reset ? second : end;
    }

    /// <summary>The end of a direction, whatever happened to it.</summary>
    internal static async Task<ConnectionEnd> EndAsync(Task<ConnectionEnd> direction)
    {
        try
        {
            return await direction.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return new ConnectionEnd("context_cancel", Reset: true);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            return new ConnectionEnd("io_error", Reset: true);
        }
    }

    /// <summary>Relays one direction until it ends.</summary>
    internal static async Task<ConnectionEnd> CopyAsync(ProxyConnection connection, TrafficDirection direction, CancellationToken cancellation)
    {
        var isUp = direction == TrafficDirection.ClientToServer;
        var (source, destination) = isUp ? (connection.Client, connection.Upstream) : (connection.Upstream, connection.Client);
        var direct = new DirectPath(connection, direction);
        while (true)
        {
            if (direct.IsOpen && await direct.MoveAsync(long.MaxValue, cancellation).ConfigureAwait(false) > 0)
            {
                continue;
            }

            await source.WaitReadableAsync(cancellation).ConfigureAwait(false);
            if (direct.IsOpen)
            {
                continue;
            }

            var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
            try
            {
                var count = await source.ReceiveAsync(buffer, cancellation).ConfigureAwait(false);
                if (count == 0)
                {
                    if (source.HasFailed)
                    {
                        // The reset was told to the sender: the stream has not ended in order.
                        return new ConnectionEnd("io_error", Reset: true);
                    }

                    destination.ShutdownSend();
                    return new ConnectionEnd(isUp ? "client_eof" : "server_eof");
                }

                direct.Observe(count);
                connection.Count(direction, count);
                await destination.SendAsync(buffer.AsMemory(0, count), cancellation).ConfigureAwait(false);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }
}
