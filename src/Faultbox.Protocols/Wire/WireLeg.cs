using System.Buffers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Wire;

/// <summary>
/// The client's leg under stream faults. Until a fault meets the connection it passes everything straight on; after that both directions
/// go through queues for the rest of the connection's life.
/// </summary>
internal sealed class WireLeg(Leg leg, WireConnection wire) : Leg
{
    private const int ReceiveSize = 32 * 1024;

    private readonly WireFlow _inbound = new(() => wire.EffectsOn(TrafficDirection.ClientToServer));
    private readonly WireFlow _outbound = new(() => wire.EffectsOn(TrafficDirection.ServerToClient));
    private readonly TaskCompletionSource _delivered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private CancellationTokenSource? _ended;
    private bool _isReceiving;
    private bool _isSending;
    private bool _isClosing;
    private bool _cannotSend;

    /// <inheritdoc/>
    public override string? NegotiatedProtocol => leg.NegotiatedProtocol;

    /// <inheritdoc/>
    public override SocketLeg? Bare => wire.IsStaged ? null : leg.Bare;

    /// <inheritdoc/>
    public override bool HasFailed => leg.HasFailed;

    /// <inheritdoc/>
    public override Task Broken => leg.Broken;

    /// <inheritdoc/>
    public override Task Delivered
    {
        get
        {
            lock (_gate)
            {
                return HasUndelivered ? _delivered.Task : Task.CompletedTask;
            }
        }
    }

    private bool HasUndelivered => _isSending && !_cannotSend && !_outbound.IsEmpty;

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask WaitReadableAsync(CancellationToken cancellation)
    {
        if (!wire.IsStaged)
        {
            await leg.WaitReadableAsync(cancellation).ConfigureAwait(false);
        }

        if (wire.IsStaged)
        {
            StartReceiving();
            await GuardAsync(_inbound.NextAsync(Bound(cancellation))).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        if (!wire.IsStaged)
        {
            var count = await leg.ReceiveAsync(buffer, cancellation).ConfigureAwait(false);
            if (!wire.IsStaged)
            {
                return count;
            }

            // A fault met the connection while it waited: these bytes are the first it sees.
            await _inbound.AddAsync(buffer[..count], count == 0 ? WireEnd.Fin : WireEnd.None, cancellation).ConfigureAwait(false);
        }

        StartReceiving();
        while (true)
        {
            var piece = await GuardAsync(_inbound.NextAsync(Bound(cancellation))).ConfigureAwait(false);
            var taken = Math.Min(piece.Data.Length, buffer.Length);
            piece.Data[..taken].CopyTo(buffer);
            if (taken == 0 && piece.End == WireEnd.Fin)
            {
                return 0;
            }

            if (taken > 0)
            {
                wire.Count(TrafficDirection.ClientToServer, taken);
            }

            _inbound.Consume(taken);
            if (taken == piece.Data.Length && piece.End is WireEnd.Close or WireEnd.Reset)
            {
                wire.End(piece.End == WireEnd.Reset);
                return taken;
            }

            if (taken > 0)
            {
                return taken;
            }
        }
    }

    /// <inheritdoc/>
    public override ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellation)
    {
        if (!wire.IsStaged)
        {
            return leg.SendAsync(data, cancellation);
        }

        if (wire.IsOver)
        {
            throw new IOException("a fault has ended the connection");
        }

        StartSending();
        return _outbound.AddAsync(data, WireEnd.None, Bound(cancellation));
    }

    /// <inheritdoc/>
    public override void ShutdownSend()
    {
        if (!wire.IsStaged)
        {
            leg.ShutdownSend();
            return;
        }

        StartSending();
        _outbound.AddEnd(WireEnd.Fin);
    }

    /// <inheritdoc/>
    public override void Reset()
    {
        // A connection that a fault has ended has its end already.
        if (!wire.IsOver)
        {
            leg.Reset();
            _ended?.Cancel();
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        lock (_gate)
        {
            _isClosing = true;
            if (wire.IsOver || HasUndelivered)
            {
                // What is under way still arrives; the sender closes the leg after it, or the fault that ended the connection does.
                return;
            }
        }

        Close();
    }

    /// <summary>Closes the leg and ends what works on its queues.</summary>
    private void Close()
    {
        leg.Dispose();
        _ended?.Cancel();
    }

    private CancellationToken Bound(CancellationToken cancellation) => wire.IsOver ? wire.Over : cancellation;

    /// <summary>The end of a connection by a fault is a failed transport to its relay.</summary>
    private async ValueTask<WirePiece> GuardAsync(ValueTask<WirePiece> next)
    {
        try
        {
            return await next.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (wire.IsOver)
        {
            throw new IOException("a fault has ended the connection");
        }
    }

    private void StartReceiving()
    {
        lock (_gate)
        {
            if (_isReceiving)
            {
                return;
            }

            _isReceiving = true;
            _ended ??= CancellationTokenSource.CreateLinkedTokenSource(wire.Over);
        }

        _ = ReceiveLoopAsync(_ended.Token);
    }

    private async Task ReceiveLoopAsync(CancellationToken ended)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ReceiveSize);
        try
        {
            while (true)
            {
                var count = await leg.ReceiveAsync(buffer, ended).ConfigureAwait(false);
                await _inbound.AddAsync(buffer.AsMemory(0, count), count == 0 ? WireEnd.Fin : WireEnd.None, ended).ConfigureAwait(false);
                if (count == 0)
                {
                    return;
                }
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException or NotSupportedException)
        {
            // A TLS stream refuses a second reader (NotSupportedException): the one that ends the connection reads already.
            _inbound.AddEnd(WireEnd.Reset);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void StartSending()
    {
        lock (_gate)
        {
            if (_isSending)
            {
                return;
            }

            _isSending = true;
            _ended ??= CancellationTokenSource.CreateLinkedTokenSource(wire.Over);
        }

        _ = SendLoopAsync(_ended.Token);
    }

    private async Task SendLoopAsync(CancellationToken ended)
    {
        try
        {
            while (true)
            {
                var piece = await _outbound.NextAsync(ended).ConfigureAwait(false);
                if (!piece.Data.IsEmpty)
                {
                    // Counted first: whoever has the bytes finds them counted.
                    wire.Count(TrafficDirection.ServerToClient, piece.Data.Length);
                    await leg.SendAsync(piece.Data, ended).ConfigureAwait(false);
                }

                _outbound.Consume(piece.Data.Length);
                if (piece.End == WireEnd.Fin)
                {
                    leg.ShutdownSend();
                }
                else if (piece.End is WireEnd.Close or WireEnd.Reset)
                {
                    wire.End(piece.End == WireEnd.Reset);
                    return;
                }

                bool isDelivered;
                lock (_gate)
                {
                    isDelivered = _isClosing && _outbound.IsEmpty;
                }

                if (isDelivered)
                {
                    Close();
                    return;
                }
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The client is gone, or a fault has ended the connection: its relay notices when it reads.
            bool isClosing;
            lock (_gate)
            {
                _cannotSend = true;
                isClosing = _isClosing && !wire.IsOver;
            }

            if (isClosing)
            {
                Close();
            }
        }
        finally
        {
            _delivered.TrySetResult();
        }
    }
}
