using System.Buffers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Http.Codec;
using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Http.Proxy;

/// <summary>
/// The direction from the service to the client: bytes leave as they arrive, while the heads in them tell which request they answer. Only
/// an answer that a rule replaces is held back, and one that a rule changes leaves changed, piece by piece.
/// </summary>
internal sealed class ResponseSide(HttpConversation conversation) : IDisposable
{
    private readonly ProxyConnection _connection = conversation.Connection;
    private readonly RelayBuffer _buffer = new(conversation.Connection.Upstream, conversation.Connection.Client);
    private readonly DirectPath _direct = new(conversation.Connection, TrafficDirection.ServerToClient);
    private readonly ArrayBufferWriter<byte> _changed = new();
    private BodyScanner _body = new(default);
    private BodyFraming _framing;
    private BodyChange? _change;
    private ActiveProxyRule? _undecided;
    private ResponseHead _head;
    private Exchange? _current;
    private bool _serviceEnds;
    private bool _hasEnded;
    private int _headLength;
    private int _scanned;

    /// <summary>True while a rule holds back an answer.</summary>
    public bool IsHeld { get; private set; }

    /// <summary>What the service still owes the client: <c>response</c>, <c>body</c> after its head, or null for nothing.</summary>
    public string? Owed =>
        _hasEnded || conversation.ClientHasEnded || conversation.IsBlind || conversation.Due.First is null ? null
        : _current is null ? "response"
        : _body.EndsWithConnection ? null
        : "body";

    private bool IsWithheld => _current is { Replaced.Instead: not null } or { Replay.Held: not null };

    /// <summary>Bytes that come next and leave whatever they are.</summary>
    private long Unseen =>
        !_buffer.IsEmpty || IsWithheld || _change is not null ? 0
        : conversation.IsBlind ? long.MaxValue
        : _current is { Replay: null } ? _body.DataAhead
        : 0;

    /// <summary>Relays until the service ends its direction.</summary>
    public async Task<SideEnd> RunAsync(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                if (_direct.IsOpen && Unseen > 0)
                {
                    await MoveAsync(cancellation).ConfigureAwait(false);
                    continue;
                }

                var count = await ReceiveAsync(cancellation).ConfigureAwait(false);
                _direct.Observe(count);
                if (count == 0)
                {
                    return await FinishAsync(cancellation).ConfigureAwait(false);
                }

                _connection.Count(TrafficDirection.ServerToClient, count);
                if (await UnderstandAsync(cancellation).ConfigureAwait(false) is { } end)
                {
                    return end;
                }

                await _buffer.SendAsync(all: !IsWithheld && conversation.Due.First is null or { Passes: true }, cancellation).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            return SideEnd.Failed;
        }
        finally
        {
            _undecided?.Withdraw();
            conversation.Due.End();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _buffer.Dispose();

    /// <summary>Moves a piece of a body past the buffer.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask MoveAsync(CancellationToken cancellation)
    {
        var isBlind = conversation.IsBlind;
        var count = await _direct.MoveAsync(Unseen, cancellation).ConfigureAwait(false);
        if (count == 0)
        {
            await _buffer.WaitReadableAsync(cancellation).ConfigureAwait(false);
        }
        else if (!isBlind)
        {
            _body.Skip(count);
            if (_body.IsComplete)
            {
                Complete();
            }
        }
    }

    /// <summary>Receives what is there; 0 at the end of the stream, also when that is a reset: what came before it is still to be sent.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReceiveAsync(CancellationToken cancellation)
    {
        try
        {
            return await _buffer.ReceiveAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException && _connection.Upstream.HasFailed)
        {
            return 0;
        }
    }

    private async Task<SideEnd> FinishAsync(CancellationToken cancellation)
    {
        var owed = Owed;
        _hasEnded = !_connection.Upstream.HasFailed;
        if (conversation.Due.First?.Replay is { Held: { } held })
        {
            _buffer.AdvanceAll();
            _buffer.Withhold();
            _connection.ReportUpstream("replay", "the service ended the connection before it had answered every repetition");
            await _connection.Client.SendAsync(held, cancellation).ConfigureAwait(false);
        }
        else if (IsWithheld && _body.EndsWithConnection)
        {
            _serviceEnds = true;
            return await ReplaceAsync(cancellation).ConfigureAwait(false) ?? SideEnd.Dropped(reset: false);
        }
        else if (owed is not null && !_connection.Upstream.HasFailed)
        {
            _connection.ReportUpstream(owed, "the service ended the connection before its answer was complete");
        }

        if (_change is { EndsWithConnection: true } change)
        {
            change.Finish(_changed);
            Settle(change, isOver: true);
            await SendChangedAsync(cancellation).ConfigureAwait(false);
            if (change.EndsConnection)
            {
                return SideEnd.Dropped(change.Resets);
            }
        }

        await _buffer.SendAsync(all: true, cancellation).ConfigureAwait(false);
        if (_connection.Upstream.HasFailed)
        {
            return SideEnd.Failed;
        }

        _connection.Client.ShutdownSend();
        return SideEnd.Finished("server_eof");
    }

    private async ValueTask<SideEnd?> UnderstandAsync(CancellationToken cancellation)
    {
        while (!_buffer.Unparsed.IsEmpty)
        {
            if (conversation.IsBlind && !IsWithheld && _change is null)
            {
                _buffer.AdvanceAll();
                return null;
            }

            if (_current is not null)
            {
                if (await TakeBodyAsync(cancellation).ConfigureAwait(false) is { } end)
                {
                    return end;
                }
            }
            else if (!TryTakeHead(out var exchange))
            {
                return null;
            }
            else if (exchange is not null && await BeginAsync(exchange, cancellation).ConfigureAwait(false) is { } end)
            {
                return end;
            }
        }

        return null;
    }

    /// <summary>Takes a head if it is there; gives its exchange when it is the final answer.</summary>
    private bool TryTakeHead(out Exchange? exchange)
    {
        exchange = conversation.Due.First;
        if (exchange is null)
        {
            conversation.GoBlind("an answer that no request is waiting for");
            return true;
        }

        var bytes = _buffer.Unparsed;
        var length = HeadLines.FindEnd(bytes, ref _scanned);
        if (length < 0)
        {
            if (_buffer.IsFull)
            {
                GoBlind("an answer whose head is longer than 64 KiB", exchange);
                exchange = null;
                return true;
            }

            return false;
        }

        _scanned = 0;
        if (ResponseHead.Read(bytes[..length], out var head) is { } problem)
        {
            GoBlind(problem, exchange);
            exchange = null;
            return true;
        }

        if (head.IsInterim)
        {
            _buffer.Advance(length);
            if (exchange.Replay is { Held: not null } || (exchange.IsInvited && head.Status == 100))
            {
                exchange.IsInvited = false;
                _buffer.Withhold();
            }

            exchange = null;
            return true;
        }

        _head = head;
        _headLength = length;
        var tunnels = Tunnels(exchange);

        // A tunnel that the client never hears of has no bytes, and nothing else can follow on the connection.
        _serviceEnds = head.IsLast || (tunnels && exchange.Replaced is { Instead: not null });
        _framing = !tunnels ? head.FramingFor(exchange.IsHead)
            : exchange.Replaced is { Instead: not null } ? default
            : new BodyFraming(BodyKind.UntilClose);
        _body = new BodyScanner(_framing);
        if (tunnels && exchange.MayTunnel)
        {
            conversation.BecomeTunnel();
        }

        exchange.Decide(tunnels && exchange.MayTunnel);
        return true;
    }

    private async ValueTask<SideEnd?> BeginAsync(Exchange exchange, CancellationToken cancellation)
    {
        if (exchange.Replaced is { } replaced)
        {
            await _buffer.SendAsync(all: false, cancellation).ConfigureAwait(false);
            await DelayAsync(replaced, cancellation).ConfigureAwait(false);
        }

        _current = exchange;
        if (exchange.Replaced?.Changing is { } changing)
        {
            return await ChangeAsync(changing, exchange, cancellation).ConfigureAwait(false);
        }

        _buffer.Advance(_headLength);
        return await TakeBodyAsync(cancellation).ConfigureAwait(false);
    }

    private async ValueTask DelayAsync(ReplacedAnswer replaced, CancellationToken cancellation)
    {
        IsHeld = true;
        foreach (var rule in replaced.Verdict.Fired.Where(r => r.Fault.Action == ProxyAction.Delay))
        {
            conversation.Record(rule, replaced.Request);
            await conversation.WaitAsync(rule.Fault.Delay, cancellation).ConfigureAwait(false);
        }

        IsHeld = false;
    }

    private bool Tunnels(Exchange exchange) => _head.Status == 101 || (exchange.IsConnect && _head.Status is >= 200 and < 300);

    /// <summary>Begins an answer that a rule changes: its head leaves in the place of the service's.</summary>
    private async ValueTask<SideEnd?> ChangeAsync(ActiveProxyRule rule, Exchange exchange, CancellationToken cancellation)
    {
        var change = AnswerChange.Of(
            rule.Fault.Http!, _buffer.Unparsed[.._headLength], _head, _framing, exchange.IsHead, Tunnels(exchange));
        _buffer.Advance(_headLength);
        if (change is null)
        {
            rule.Withdraw();
            return await TakeBodyAsync(cancellation).ConfigureAwait(false);
        }

        if (change.Body is { Acts: false })
        {
            _undecided = rule;
        }
        else
        {
            conversation.Record(rule, exchange.Replaced!.Request);
        }

        _buffer.Withhold();
        _change = change.Body;
        await SendHeadAsync(change.Head, rule.Fault.Http as HttpSlowHead, cancellation).ConfigureAwait(false);
        return await TakeBodyAsync(cancellation).ConfigureAwait(false);
    }

    private async ValueTask SendHeadAsync(ReadOnlyMemory<byte> head, HttpSlowHead? slow, CancellationToken cancellation)
    {
        if (slow is null)
        {
            await _connection.Client.SendAsync(head, cancellation).ConfigureAwait(false);
            return;
        }

        IsHeld = true;
        for (var i = 0; i < head.Length; i++)
        {
            await conversation.WaitAsync(i == 0 ? TimeSpan.Zero : slow.Gap, cancellation).ConfigureAwait(false);
            await _connection.Client.SendAsync(head.Slice(i, 1), cancellation).ConfigureAwait(false);
        }

        IsHeld = false;
    }

    /// <summary>Takes bytes of a body that a rule changes.</summary>
    private async ValueTask<SideEnd?> TakeChangedAsync(BodyChange change, CancellationToken cancellation)
    {
        _buffer.Advance(change.Take(_buffer.Unparsed, _changed));
        _buffer.Withhold();
        Settle(change, change.IsOver || change.IsMalformed);
        await SendChangedAsync(cancellation).ConfigureAwait(false);
        if (change.IsOver && change.EndsConnection)
        {
            return SideEnd.Dropped(change.Resets);
        }

        if (change.IsMalformed)
        {
            GoBlind("a malformed chunk in an answer", _current!);
        }
        else if (change.IsOver)
        {
            Complete();
        }

        return null;
    }

    /// <summary>Records a rule of which the head did not tell whether it acts, as soon as that is known.</summary>
    private void Settle(BodyChange change, bool isOver)
    {
        if (_undecided is not { } rule || !(change.Acts || isOver))
        {
            return;
        }

        _undecided = null;
        if (change.Acts)
        {
            conversation.Record(rule, _current!.Replaced!.Request);
        }
        else
        {
            rule.Withdraw();
        }
    }

    private async ValueTask SendChangedAsync(CancellationToken cancellation)
    {
        if (_changed.WrittenCount > 0)
        {
            if (_change is SlowBody slow)
            {
                IsHeld = true;
                await slow.SendAsync(_connection.Client, _changed.WrittenMemory, cancellation).ConfigureAwait(false);
                IsHeld = false;
            }
            else
            {
                await _connection.Client.SendAsync(_changed.WrittenMemory, cancellation).ConfigureAwait(false);
            }

            _changed.ResetWrittenCount();
        }
    }

    private async ValueTask<SideEnd?> TakeBodyAsync(CancellationToken cancellation)
    {
        if (_change is { } change)
        {
            return await TakeChangedAsync(change, cancellation).ConfigureAwait(false);
        }

        _buffer.Advance(_body.Take(_buffer.Unparsed));
        if (IsWithheld)
        {
            _buffer.Withhold();
        }

        if (_body.IsMalformed)
        {
            GoBlind("a malformed chunk in an answer", _current!);
        }
        else if (_body.IsComplete)
        {
            if (_current!.Replay is { } replay)
            {
                await RepeatAsync(replay, cancellation).ConfigureAwait(false);
                return null;
            }

            if (IsWithheld)
            {
                return await ReplaceAsync(cancellation).ConfigureAwait(false);
            }

            await _buffer.SendAsync(all: false, cancellation).ConfigureAwait(false);
            Complete();
        }

        return null;
    }

    /// <summary>Asks the service once more, or ends the exchange when it was asked often enough.</summary>
    private async ValueTask RepeatAsync(Replay replay, CancellationToken cancellation)
    {
        replay.Held ??= _buffer.Pending.ToArray();
        _buffer.Withhold();
        if (replay.TryTake() && await replay.Request.WaitAsync(cancellation).ConfigureAwait(false) is { } request)
        {
            if (!_serviceEnds)
            {
                replay.Begin(conversation);
                _current = null;
                await _connection.Upstream.SendAsync(request, cancellation).ConfigureAwait(false);
                return;
            }

            _connection.ReportUpstream("replay", "the service ends the connection with its answer, before every repetition");
        }

        replay.Settle();
        await _connection.Client.SendAsync(replay.Held, cancellation).ConfigureAwait(false);
        Complete();
        replay.Finish();
    }

    /// <summary>Acts in place of the answer of the service, which has come and is not relayed.</summary>
    private async ValueTask<SideEnd?> ReplaceAsync(CancellationToken cancellation)
    {
        var replaced = _current!.Replaced!;
        var request = replaced.Request with { Closes = replaced.Request.Closes || _serviceEnds };
        IsHeld = true;
        var end = await conversation.ActAsync(
            replaced.Instead!, request, cancellation).ConfigureAwait(false);
        IsHeld = false;
        Complete();
        return end;
    }

    private void Complete()
    {
        _current = null;
        _change = null;
        conversation.Due.Complete();
    }

    /// <summary>From here on bytes are relayed as they are; a rule that waited for this answer can no longer act.</summary>
    private void GoBlind(string reason, Exchange exchange)
    {
        exchange.Decide(tunnel: false);
        _current = null;
        _change = null;
        conversation.GoBlind(reason);
    }
}
