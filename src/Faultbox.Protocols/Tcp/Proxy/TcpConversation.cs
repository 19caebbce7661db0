using System.Buffers;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Faultbox.Core.Events;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Tcp.Proxy;

/// <summary>
/// One relayed connection. A rule without a prefix meets it when it opens, a rule with a prefix as soon as the client's first bytes show
/// whether they have it; both also meet it later, at the client's next bytes after the rule came into force, and <c>drop()</c> at once.
/// Rules that end a connection are asked once for each connection, delays and rules with <c>match_body</c> at every chunk of the client.
/// </summary>
internal sealed class TcpConversation
{
    private const int BufferSize = 64 * 1024;
    private static readonly TimeSpan PrefixWait = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LastDrain = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan HoldStep = TimeSpan.FromMilliseconds(20);

    private readonly ProxyConnection _connection;
    private readonly Func<ActiveProxyRule, bool> _appliesAtChunk;
    private readonly Lock _gate = new();
    private readonly HashSet<ActiveProxyRule> _asked = [];
    private readonly DirectPath _direct;
    private ConnectionStart _start;
    private IReadOnlyList<ActiveProxyRule>? _countedFor;
    private CancellationTokenSource? _over;
    private ActiveProxyRule? _ending;
    private Task<ReadOnlyMemory<byte>>? _ahead;
    private bool _isFirstChunk = true;

    /// <summary>Takes over a connection.</summary>
    public TcpConversation(ProxyConnection connection)
    {
        _connection = connection;
        _direct = new DirectPath(connection, TrafficDirection.ClientToServer, SeesNext);
        _appliesAtChunk = AppliesAtChunk;
    }

    /// <summary>Relays until both directions have ended.</summary>
    public async Task<ConnectionEnd> RunAsync(CancellationToken cancellation)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _over = over;
        _connection.RulesChanged += DropAtOnce;
        ConnectionEnd end;
        try
        {
            end = await MeetAsync(AppliesAtOpening, default, over.Token).ConfigureAwait(false)
                ? default
                : await RelayAsync(over).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            end = new ConnectionEnd("context_cancel", Reset: true);
        }
        catch (SocketException)
        {
            // The client has left while a rule held its connection.
            end = new ConnectionEnd("io_error", Reset: true);
        }
        finally
        {
            _connection.RulesChanged -= DropAtOnce;
            lock (_gate)
            {
                _over = null;
            }
        }

        return _ending is { } rule ? await EndByAsync(rule, cancellation).ConfigureAwait(false) : end;
    }

    private async Task<ConnectionEnd> RelayAsync(CancellationTokenSource over)
    {
        var up = BlindRelay.EndAsync(SendUpAsync(over.Token));
        var down = BlindRelay.EndAsync(BlindRelay.CopyAsync(_connection, TrafficDirection.ServerToClient, over.Token));
        var ended = await Task.WhenAny(up, down).ConfigureAwait(false);
        var first = await ended.ConfigureAwait(false);
        if (first.Reset || _ending is not null)
        {
            if (_ending is null)
            {
                var (peer, others) = ended == up ? (_connection.Upstream, down) : (_connection.Client, up);
                await EarlyAnswer.PassAsync(_connection, peer, others, over.Token).ConfigureAwait(false);
            }

            await over.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(up, down).ConfigureAwait(false);
            return first;
        }

        var ends = await Task.WhenAll(up, down).ConfigureAwait(false);
        return ends.FirstOrDefault(e => e.Reset, first);
    }

    private async Task<ConnectionEnd> SendUpAsync(CancellationToken cancellation)
    {
        while (true)
        {
            if (_direct.IsOpen && await _direct.MoveAsync(long.MaxValue, cancellation).ConfigureAwait(false) > 0)
            {
                continue;
            }

            await WaitForClientAsync(cancellation).ConfigureAwait(false);
            if (_direct.IsOpen)
            {
                continue;
            }

            var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
            try
            {
                var count = await ReceiveAsync(buffer, cancellation).ConfigureAwait(false);
                if (count == 0)
                {
                    if (_connection.Client.HasFailed)
                    {
                        return new ConnectionEnd("io_error", Reset: true);
                    }

                    _connection.Upstream.ShutdownSend();
                    return new ConnectionEnd("client_eof");
                }

                if (AwaitsMore())
                {
                    count = await CompleteStartAsync(buffer, count, cancellation).ConfigureAwait(false);
                }

                if (await MeetAsync(_appliesAtChunk, buffer.AsMemory(0, count), cancellation).ConfigureAwait(false))
                {
                    // The rule takes the connection over when the other direction has stopped too.
                    return new ConnectionEnd("rule_drop");
                }

                _isFirstChunk = false;
                if (_start.IsComplete)
                {
                    _direct.Observe(count);
                }

                _connection.Count(TrafficDirection.ClientToServer, count);
                await _connection.Upstream.SendAsync(buffer.AsMemory(0, count), cancellation).ConfigureAwait(false);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    /// <summary>Waits until the client has sent something, or seems to have.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WaitForClientAsync(CancellationToken cancellation)
    {
        if (_ahead is { } ahead)
        {
            await ahead.ConfigureAwait(false);
        }
        else
        {
            await _connection.Client.WaitReadableAsync(cancellation).ConfigureAwait(false);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        int count;
        if (_ahead is { } ahead)
        {
            var received = await ahead.ConfigureAwait(false);
            _ahead = null;
            received.CopyTo(buffer);
            count = received.Length;
        }
        else
        {
            count = await _connection.Client.ReceiveAsync(buffer, cancellation).ConfigureAwait(false);
        }

        lock (_gate)
        {
            _start.Add(buffer.Span[..count]);
        }

        return count;
    }

    /// <summary>Receives on its own what comes after a beginning that does not wait for it.</summary>
    private async Task<ReadOnlyMemory<byte>> ReceiveAheadAsync(CancellationToken cancellation)
    {
        var buffer = new byte[ConnectionStart.Limit];
        return buffer.AsMemory(0, await _connection.Client.ReceiveAsync(buffer, cancellation).ConfigureAwait(false));
    }

    /// <summary>True while the client's bytes are the beginning of a prefix that some rule waits for.</summary>
    private bool AwaitsMore()
    {
        if (_connection.Rules is { HasMessageRules: true } rules)
        {
            // By index: an enumerator of the list would be allocated for every chunk.
            var all = rules.MessageRules;
            for (var i = 0; i < all.Count; i++)
            {
                if (_start.MayBecome(all[i].Fault.Matcher.Prefix))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>
    /// Waits a moment for the rest of a prefix. It waits for bytes and not until there seem to be some: a client that seems to have sent
    /// something and has not would hold back what has come. A receive is never taken back; one that outlives the moment is the next one.
    /// </summary>
    private async ValueTask<int> CompleteStartAsync(byte[] buffer, int count, CancellationToken cancellation)
    {
        var limit = Task.Delay(PrefixWait, cancellation);
        while (AwaitsMore())
        {
            _ahead = ReceiveAheadAsync(cancellation);
            if (await Task.WhenAny(_ahead, limit).ConfigureAwait(false) == limit)
            {
                break;
            }

            var more = await ReceiveAsync(buffer.AsMemory(count), cancellation).ConfigureAwait(false);
            if (more == 0)
            {
                break;
            }

            count += more;
        }

        return count;
    }

    /// <summary>Evaluates rules and waits as long as they say; true when one of them takes the connection over.</summary>
    private async ValueTask<bool> MeetAsync(Func<ActiveProxyRule, bool> applies, ReadOnlyMemory<byte> chunk, CancellationToken cancellation)
    {
        if (_connection.Rules is not { HasMessageRules: true } rules || Ask(rules, applies, chunk.Span) is not { } verdict)
        {
            return false;
        }

        var size = _connection.ClientBytes + chunk.Length;
        foreach (var rule in verdict.Fired)
        {
            if (rule.Fault.Action == ProxyAction.Delay)
            {
                Emit(rules, rule, new EventField("delay_ms", Number((long)rule.Fault.Delay.TotalMilliseconds)));
            }

            if (rule.Fault.Delay > TimeSpan.Zero)
            {
                await Pause.ForAsync(rule.Fault.Delay, _connection.Client, cancellation).ConfigureAwait(false);
            }
        }

        return verdict.Terminal is { } terminal && End(rules, terminal, size);
    }

    private ProxyVerdict? Ask(InterfaceRules rules, Func<ActiveProxyRule, bool> applies, ReadOnlySpan<byte> chunk)
    {
        lock (_gate)
        {
            var message = Message(chunk);
            if (_countedFor != rules.MessageRules || (!_isFirstChunk && !chunk.IsEmpty && AsksForChunks(_countedFor)))
            {
                _countedFor = rules.Count(message);
            }
            else if (_isFirstChunk && !chunk.IsEmpty)
            {
                rules.CountKind(message);
            }

            return rules.EvaluatePart(_countedFor, message, applies);
        }
    }

    private ProxyMessage Message(ReadOnlySpan<byte> chunk) => new()
    {
        Consumer = _connection.Consumer,
        IsBytes = true,
        Start = _start.Bytes,
        Body = chunk,
        Direction = TrafficDirection.ClientToServer,
    };

    private bool AppliesAtOpening(ActiveProxyRule rule) =>
        rule.Fault.Matcher is { Prefix.Length: 0, Body.Length: 0 } && _asked.Add(rule);

    private bool AppliesAtChunk(ActiveProxyRule rule)
    {
        if (!_start.Bytes.StartsWith(rule.Fault.Matcher.Prefix))
        {
            return false;
        }

        // The first chunk is the same message as the opening, which the rule has met already.
        return IsAskedForChunks(rule) ? rule.Fault.Matcher.Body.Length > 0 || !(_isFirstChunk && _asked.Contains(rule)) : _asked.Add(rule);
    }

    /// <summary>True for a rule to which every chunk is a message of its own.</summary>
    private static bool IsAskedForChunks(ActiveProxyRule rule) => rule.Fault.Matcher.Body.Length > 0 || rule.Fault.Action == ProxyAction.Delay;

    private bool AsksForChunks(IReadOnlyList<ActiveProxyRule> rules)
    {
        for (var i = 0; i < rules.Count; i++)
        {
            if (IsAskedForChunks(rules[i]) && _start.Bytes.StartsWith(rules[i].Fault.Matcher.Prefix))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>True unless the start of the connection, which is complete, has told that no rule in force will ever look at it.</summary>
    private bool SeesNext(InterfaceRules rules)
    {
        var all = rules.MessageRules;
        if (_countedFor != all)
        {
            return true;
        }

        for (var i = 0; i < all.Count; i++)
        {
            if (_start.Bytes.StartsWith(all[i].Fault.Matcher.Prefix))
            {
                return true;
            }
        }

        return false;
    }

    private bool AppliesAtOnce(ActiveProxyRule rule) => IsDueAtOnce(rule) && _asked.Add(rule);

    private bool IsDueAtOnce(ActiveProxyRule rule) =>
        rule.Fault is { Action: ProxyAction.Drop, Matcher.Body.Length: 0 }
        && _start.Bytes.StartsWith(rule.Fault.Matcher.Prefix)
        && !_asked.Contains(rule);

    private bool MeetsSomeAtOnce(InterfaceRules rules)
    {
        lock (_gate)
        {
            return rules.MessageRules.Any(IsDueAtOnce);
        }
    }

    /// <summary>Drops the connection although nothing moves on it. Rules that wait for bytes have seen no message by then.</summary>
    private void DropAtOnce()
    {
        if (_connection.Rules is { HasMessageRules: true } rules
            && MeetsSomeAtOnce(rules)
            && Ask(rules, AppliesAtOnce, default) is { Terminal: { } rule }
            && End(rules, rule, _connection.ClientBytes))
        {
            lock (_gate)
            {
                _ = _over?.CancelAsync();
            }
        }
    }

    /// <summary>Records that a rule takes the connection over; false when another one has.</summary>
    private bool End(InterfaceRules rules, ActiveProxyRule rule, long size)
    {
        if (Interlocked.CompareExchange(ref _ending, rule, null) is not null)
        {
            return false;
        }

        Emit(rules, rule, rule.Fault.Action == ProxyAction.Respond
            ? new EventField("body_size", Number(rule.Fault.Body?.Length ?? 0))
            : new EventField("size", Number(size)));
        return true;
    }

    private void Emit(InterfaceRules rules, ActiveProxyRule rule, EventField last)
    {
        EventField[] fields;
        lock (_gate)
        {
            var first = _start.Bytes[..Math.Min(_start.Bytes.Length, ByteText.Shown)];
            fields = [new("first_bytes", ByteText.Of(first)), new("first_hex", Convert.ToHexStringLower(first)), last];
        }

        rules.Emit(rule, _connection.Consumer, _connection.Id, fields);
    }

    /// <summary>Does what a rule says, with nobody else using the legs.</summary>
    private async Task<ConnectionEnd> EndByAsync(ActiveProxyRule rule, CancellationToken cancellation)
    {
        try
        {
            if (rule.Fault.Action == ProxyAction.Respond)
            {
                await AnswerAsync(rule.Fault.Body ?? default, cancellation).ConfigureAwait(false);
            }
            else if (rule.Fault.DropMode == DropMode.Blackhole)
            {
                await HoldAsync(rule, cancellation).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The client did not wait for it.
        }

        return new ConnectionEnd("rule_drop", Reset: rule.Fault.Action == ProxyAction.Error || rule.Fault.DropMode == DropMode.Reset);
    }

    /// <summary>Sends an answer and waits for the client to see its end: closing with bytes unread would discard it.</summary>
    private async Task AnswerAsync(ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        await _connection.Client.SendAsync(body, cancellation).ConfigureAwait(false);
        _connection.Count(TrafficDirection.ServerToClient, body.Length);
        _connection.Client.ShutdownSend();
        _connection.Upstream.Dispose();
        using var drained = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        drained.CancelAfter(LastDrain);
        var rest = new byte[1024];
        while (await _connection.Client.ReceiveAsync(rest, drained.Token).ConfigureAwait(false) > 0)
        {
        }
    }

    private async Task HoldAsync(ActiveProxyRule rule, CancellationToken cancellation)
    {
        while (_connection.Rules is { } rules && rules.MessageRules.Contains(rule))
        {
            await Pause.ForAsync(HoldStep, _connection.Client, cancellation).ConfigureAwait(false);
        }
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
