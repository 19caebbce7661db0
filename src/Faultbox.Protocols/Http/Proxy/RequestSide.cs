using System.Buffers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Http.Codec;
using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Http.Proxy;

/// <summary>
/// The direction from the client to the service. Without rules bytes leave as they arrive; with rules a head is complete before its first
/// byte leaves, so that a rule can keep it.
/// </summary>
internal sealed class RequestSide(HttpConversation conversation) : IDisposable
{
    private const int MethodLength = 64;
    private const int BodyPrefix = 64 * 1024;
    private const int ReplayBytes = 1024 * 1024;
    private const int DrainBytes = 256 * 1024;
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(2);

    private readonly ProxyConnection _connection = conversation.Connection;
    private readonly RelayBuffer _buffer = new(conversation.Connection.Client, conversation.Connection.Upstream);
    private readonly DirectPath _direct = new(conversation.Connection, TrafficDirection.ClientToServer);
    private readonly RequestFields _fields = new();
    private BodyScanner _body = new(default);
    private int _scanned;
    private bool _spoke;

    private static ReadOnlyMemory<byte> Invitation { get; } = "HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray();

    private static ReadOnlySpan<byte> Http2Preface => "PRI * HTTP/2.0\r\n\r\n"u8;

    /// <summary>Bytes that were received and belong to what follows on the connection.</summary>
    public ReadOnlyMemory<byte> Received => _buffer.UnparsedMemory;

    /// <summary>Relays until the client ends its direction.</summary>
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
                    conversation.ClientHasEnded = true;
                    await _buffer.SendAsync(all: true, cancellation).ConfigureAwait(false);
                    if (_connection.Client.HasFailed)
                    {
                        return SideEnd.Failed;
                    }

                    _connection.Upstream.ShutdownSend();
                    return SideEnd.Finished("client_eof");
                }

                if (await UnderstandAsync(cancellation).ConfigureAwait(false) is { } end)
                {
                    return end;
                }

                await _buffer.SendAsync(all: !HoldsHead, cancellation).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            return SideEnd.Failed;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _buffer.Dispose();
        _fields.Dispose();
    }

    /// <summary>True when an incomplete head must stay: a rule may cover it, its host may be the proxy's, or it may be the beginning of HTTP/2.</summary>
    private bool HoldsHead =>
        !conversation.IsBlind && (_connection.Rules is { HasMessageRules: true } || _connection.Names is not null || (!_spoke && Http2Preface.StartsWith(_buffer.Unparsed)));

    /// <summary>Bytes that come next and leave whatever they are.</summary>
    private long Unseen => !_buffer.IsEmpty ? 0 : conversation.IsBlind ? long.MaxValue : _body.DataAhead;

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
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReceiveAsync(CancellationToken cancellation)
    {
        var count = await _buffer.ReceiveAsync(cancellation).ConfigureAwait(false);
        _connection.Count(TrafficDirection.ClientToServer, count);
        return count;
    }

    private async ValueTask<SideEnd?> UnderstandAsync(CancellationToken cancellation)
    {
        while (!_buffer.Unparsed.IsEmpty)
        {
            if (conversation.IsBlind)
            {
                _buffer.AdvanceAll();
                return null;
            }

            if (!_body.IsComplete)
            {
                TakeBody();
                continue;
            }

            if (!_buffer.IsAhead)
            {
                _buffer.Advance(HeadLines.EmptyPrefix(_buffer.Unparsed));
            }

            var length = HeadLines.FindEnd(_buffer.Unparsed, ref _scanned);
            if (length < 0 && !_buffer.IsFull)
            {
                return null;
            }

            _scanned = 0;
            if (!_spoke && _buffer.Unparsed.StartsWith(Http2Preface))
            {
                return SideEnd.SpeaksHttp2;
            }

            _spoke = true;
            if (length < 0)
            {
                conversation.GoBlind("a request whose head is longer than 64 KiB");
            }
            else if (RequestHead.Read(_buffer.Unparsed[..length], out var head) is { } problem)
            {
                conversation.GoBlind(problem);
            }
            else if (await TakeRequestAsync(head, length, cancellation).ConfigureAwait(false) is { } end)
            {
                return end;
            }
        }

        return null;
    }

    private void TakeBody()
    {
        _buffer.Advance(_body.Take(_buffer.Unparsed));
        if (_body.IsMalformed)
        {
            conversation.GoBlind("a malformed chunk in a request");
        }
    }

    private async ValueTask<SideEnd?> TakeRequestAsync(RequestHead head, int length, CancellationToken cancellation)
    {
        conversation.Greet();
        length += ReplaceHost(head, length);
        var rules = _connection.Rules;
        if (rules is not { HasMessageRules: true } || _buffer.IsAhead)
        {
            return await ForwardAsync(head, length, replaced: null, cancellation).ConfigureAwait(false);
        }

        var asksForBody = head.Framing.Kind != BodyKind.None && rules.ReadsBody && AsksForBody(rules, head, length);
        var isInvited = asksForBody && await InviteAsync(head, length, cancellation).ConfigureAwait(false);
        if (isInvited)
        {
            head = head with { ExpectsContinue = false };
        }

        var body = asksForBody ? await ReadBodyPrefixAsync(head, length, cancellation).ConfigureAwait(false) : ReadOnlyMemory<byte>.Empty;
        var verdict = body is { } prefix ? Evaluate(rules, head, length, prefix.Span) : null;
        if (verdict is null)
        {
            return await ForwardAsync(head, length, replaced: null, cancellation, isInvited).ConfigureAwait(false);
        }

        await _buffer.SendAsync(all: false, cancellation).ConfigureAwait(false);
        var request = new RequestFacts(_fields.Method, _fields.Path.ToString(), head.IsHead, head.IsLast || head.ExpectsContinue)
        {
            Call = conversation.Calls?.Invoke(_fields.Path.ToString(), _fields.Header("content-type")),
        };
        foreach (var rule in verdict.Fired.Where(r => r.Fault is { Action: ProxyAction.Delay, OnResponse: false }))
        {
            conversation.Record(rule, request);
            await conversation.WaitAsync(rule.Fault.Delay, cancellation).ConfigureAwait(false);
        }

        List<ActiveProxyRule> later = [.. verdict.Fired.Where(r => r.Fault.ActsOnAnswer)];
        var replaced = later.Count == 0 ? null : new ReplacedAnswer(new ProxyVerdict(later), request);
        switch (verdict.Terminal)
        {
            case { Fault.ActsOnAnswer: false, Fault.Http: HttpHeaders headers } rule:
                return await ForwardAsync(head, Rewrite(rule, headers.Change, request, length), replaced, cancellation, isInvited).ConfigureAwait(false);
            case { Fault.Http: HttpReplay replay } rule:
                return await ReplayAsync(rule, replay.Times, request, head, length, cancellation, isInvited).ConfigureAwait(false);
            case { Fault.ActsOnAnswer: false } rule:
                later.ForEach(r => r.Withdraw());
                return await AnswerAsync(rule, request, head, length, cancellation).ConfigureAwait(false);
            default:
                return await ForwardAsync(head, length, replaced, cancellation, isInvited).ConfigureAwait(false);
        }
    }

    /// <summary>Names the service where the client names the proxy; returns by how much the head has grown.</summary>
    private int ReplaceHost(in RequestHead head, int length)
    {
        var bytes = _buffer.Unparsed[..length];
        if (_connection.Names is not { } names || _buffer.IsAhead || head.Find(bytes, "host"u8) is not { } host || !names.Contains(bytes[host]))
        {
            return 0;
        }

        _buffer.Replace(host, names.Authority.Span);
        return names.Authority.Length - (host.End.Value - host.Start.Value);
    }

    /// <summary>Changes the fields of a head; returns its new length.</summary>
    private int Rewrite(ActiveProxyRule rule, FieldChange change, RequestFacts request, int length)
    {
        var head = AnswerChange.WithFields(_buffer.Unparsed[..length], change);
        if (_buffer.Unparsed[..length].SequenceEqual(head))
        {
            rule.Withdraw();
            return length;
        }

        conversation.Record(rule, request);
        _buffer.Replace(..length, head);
        return head.Length;
    }

    private ProxyVerdict? Evaluate(InterfaceRules rules, in RequestHead head, int length, ReadOnlySpan<byte> body)
    {
        Span<char> method = stackalloc char[MethodLength];
        var message = MessageOf(rules, head, length, body, method);
        return rules.EvaluatePart(rules.Count(message), message, HttpFaultSupport.IsOfHttp1);
    }

    private bool AsksForBody(InterfaceRules rules, in RequestHead head, int length)
    {
        Span<char> method = stackalloc char[MethodLength];
        return rules.AsksForBody(MessageOf(rules, head, length, [], method));
    }

    /// <summary>The request as rules see it.</summary>
    private ProxyMessage MessageOf(InterfaceRules rules, in RequestHead head, int length, ReadOnlySpan<byte> body, Span<char> method)
    {
        _fields.Load(_buffer.UnparsedMemory[..length], head);
        var bytes = _buffer.Unparsed[head.Method];
        method = bytes.Length <= method.Length ? method[..bytes.Length] : new char[bytes.Length];
        Encoding.Latin1.GetChars(bytes, method);
        return new ProxyMessage
        {
            Consumer = _connection.Consumer,

            // A call is named by its path.
            Method = conversation.Calls is null ? method : _fields.Path,
            Path = _fields.Path,
            Host = rules.ReadsHost ? _fields.Header("host") : null,
            Fields = _fields,
            Body = body,
            Direction = TrafficDirection.ClientToServer,
        };
    }

    /// <summary>
    /// Tells a client that waits for it to send the body that a rule asks for, after the answers that are due before; false when it does not wait.
    /// The service is not asked: it must not hear of a request that a rule may yet keep from it.
    /// </summary>
    private async ValueTask<bool> InviteAsync(RequestHead head, int length, CancellationToken cancellation)
    {
        if (!head.ExpectsContinue || _buffer.Unparsed.Length > length)
        {
            return false;
        }

        await _buffer.SendAsync(all: false, cancellation).ConfigureAwait(false);
        await conversation.Due.Emptied().WaitAsync(cancellation).ConfigureAwait(false);
        await _connection.Client.SendAsync(Invitation, cancellation).ConfigureAwait(false);
        return true;
    }

    /// <summary>The beginning of the body: 64 KiB, or all of it; null when it is malformed, so that no rule can act.</summary>
    private async ValueTask<ReadOnlyMemory<byte>?> ReadBodyPrefixAsync(RequestHead head, int length, CancellationToken cancellation)
    {
        await _buffer.SendAsync(all: false, cancellation).ConfigureAwait(false);
        _buffer.Grow(HeadLines.MaximumLength + (2 * BodyPrefix));
        var decoded = new ArrayBufferWriter<byte>();
        var scanner = new BodyScanner(head.Framing);
        var taken = length;
        while (true)
        {
            taken += scanner.Take(_buffer.Unparsed[taken..], decoded);
            if (scanner.IsMalformed)
            {
                return null;
            }

            if (scanner.IsComplete || decoded.WrittenCount >= BodyPrefix || _buffer.IsFull
                || await ReceiveAsync(cancellation).ConfigureAwait(false) == 0)
            {
                return decoded.WrittenMemory[..Math.Min(decoded.WrittenCount, BodyPrefix)];
            }
        }
    }

    private async ValueTask<SideEnd?> ForwardAsync(
        RequestHead head, int length, ReplacedAnswer? replaced, CancellationToken cancellation, bool isInvited = false)
    {
        var mayTunnel = head.MayTunnel && replaced is null or { Instead: null };
        var exchange = replaced is not null || mayTunnel || isInvited
            ? new Exchange(head.IsHead, head.IsConnect, replaced, mayTunnel) { IsInvited = isInvited }
            : head.IsHead ? Exchange.Head
            : Exchange.Plain;
        if (!conversation.Due.TryAdd(exchange))
        {
            conversation.GoBlind("more requests without an answer than are followed");
            return null;
        }

        _buffer.Advance(length);
        _body = new BodyScanner(head.Framing);
        if (mayTunnel && _body.IsComplete)
        {
            // What follows is either another request or the first bytes of the tunnel.
            await _buffer.SendAsync(all: false, cancellation).ConfigureAwait(false);
            await exchange.Tunnel.WaitAsync(cancellation).ConfigureAwait(false);
        }

        return null;
    }

    /// <summary>Forwards a request that the service is to execute again, and waits until it has.</summary>
    private async ValueTask<SideEnd?> ReplayAsync(
        ActiveProxyRule rule, int times, RequestFacts request, RequestHead head, int length, CancellationToken cancellation, bool isInvited)
    {
        if (head.MayTunnel || head.Framing is { Kind: BodyKind.Length, Length: > ReplayBytes })
        {
            rule.Withdraw();
            return await ForwardAsync(head, length, replaced: null, cancellation, isInvited).ConfigureAwait(false);
        }

        var replay = new Replay(rule, request, times - 1);
        if (!conversation.Due.TryAdd(new Exchange(head.IsHead, isConnect: false, replaced: null, mayTunnel: false) { Replay = replay, IsInvited = isInvited }))
        {
            conversation.GoBlind("more requests without an answer than are followed");
            return null;
        }

        try
        {
            replay.Give(await ForwardWholeAsync(head, length, cancellation).ConfigureAwait(false));
            await replay.Finished.WaitAsync(cancellation).ConfigureAwait(false);
            return null;
        }
        finally
        {
            replay.Give(null);
            replay.Settle();
        }
    }

    /// <summary>Forwards a request to its end as it arrives; returns its bytes, null when there are too many of them or it has no end.</summary>
    private async ValueTask<byte[]?> ForwardWholeAsync(RequestHead head, int length, CancellationToken cancellation)
    {
        var copy = new ArrayBufferWriter<byte>();
        _body = new BodyScanner(head.Framing);
        var isWhole = true;
        for (var count = length; ; count = _body.Take(_buffer.Unparsed))
        {
            isWhole &= copy.WrittenCount + count <= ReplayBytes + length;
            if (isWhole)
            {
                copy.Write(_buffer.Unparsed[..count]);
            }

            _buffer.Advance(count);
            await _buffer.SendAsync(all: false, cancellation).ConfigureAwait(false);
            if (_body.IsComplete || _body.IsMalformed)
            {
                return isWhole && _body.IsComplete ? copy.WrittenSpan.ToArray() : null;
            }

            if (_buffer.Unparsed.IsEmpty && await ReceiveAsync(cancellation).ConfigureAwait(false) == 0)
            {
                return null;
            }
        }
    }

    /// <summary>Gives an answer, or none, in place of the service, after the answers that are due before it.</summary>
    private async ValueTask<SideEnd?> AnswerAsync(
        ActiveProxyRule rule, RequestFacts request, RequestHead head, int length, CancellationToken cancellation)
    {
        _buffer.Advance(length);
        _body = new BodyScanner(head.Framing);
        var isAnswered = request.Call?.IsAnswered(rule.Fault) ?? rule.Fault.Action != ProxyAction.Drop;
        var drained = !isAnswered || head.ExpectsContinue || await DrainAsync(cancellation).ConfigureAwait(false);
        await conversation.Due.Emptied().WaitAsync(cancellation).ConfigureAwait(false);
        _buffer.Withhold();
        return await conversation.ActAsync(
            rule, drained ? request : request with { Closes = true }, cancellation).ConfigureAwait(false);
    }

    /// <summary>Takes the body off the connection so that the next request can follow; false when there is too much of it.</summary>
    private async ValueTask<bool> DrainAsync(CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(DrainTime);
        var drained = 0;
        try
        {
            while (true)
            {
                var count = _body.Take(_buffer.Unparsed);
                _buffer.Advance(count);
                _buffer.Withhold();
                drained += count;
                if (_body.IsComplete || _body.IsMalformed || drained > DrainBytes
                    || await ReceiveAsync(limit.Token).ConfigureAwait(false) == 0)
                {
                    return _body.IsComplete;
                }
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
    }
}
