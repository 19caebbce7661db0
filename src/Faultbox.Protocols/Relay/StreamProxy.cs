using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Faultbox.Core.Events;
using Faultbox.Protocols.Polling;
using Faultbox.Protocols.Wire;

namespace Faultbox.Protocols.Relay;

/// <summary>The proxy of a protocol carried on TCP: one connection to the upstream for each connection of a client.</summary>
internal sealed class StreamProxy : InterfaceProxy
{
    private const int Backlog = 4096;
    private static readonly TimeSpan LingerLimit = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan EndLimit = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan LastWords = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan AbandonAfter = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(10);
    private static long _numbers;

    private readonly IConnectionRelay _relay;
    private readonly IReadOnlyList<ILegStage> _stages;
    private readonly ConcurrentDictionary<string, LiveConnection> _live = new(StringComparer.Ordinal);
    private readonly StallWatch _stalls;
    private volatile Epoch? _epoch;
    private volatile Epoch? _fading;

    /// <summary>Binds the ports.</summary>
    public StreamProxy(ProxyPlace place, IConnectionRelay relay)
        : base(place, SocketType.Stream)
    {
        _relay = relay;
        _stages = place.Stages.Count == 0 ? [new WireStage()] : [new DownStage(), .. place.Stages, new WireStage()];
        _stalls = new StallWatch(() => _live.Select(l => l.Value));
    }

    /// <inheritdoc/>
    internal override int LiveCount => _live.Count;

    /// <inheritdoc/>
    public override void Relay(ProxyUpstream upstream)
    {
        EndEpoch();
        _epoch = new Epoch(upstream, upstream.Authority is { } authority ? new ProxyNames(Ports, authority) : null);
        if (State == ProxyState.Reserved)
        {
            foreach (var (consumer, socket) in Sockets.Concat(UnixSockets))
            {
                socket.Listen(Backlog);
                _ = AcceptAsync(socket, consumer);
            }
        }

        State = ProxyState.Relaying;
    }

    /// <inheritdoc/>
    public override void Orphan(bool hasDied = false)
    {
        if (State == ProxyState.Relaying)
        {
            State = ProxyState.Orphaned;
        }

        EndEpoch(hasDied);
    }

    private protected override void OnRulesChanged()
    {
        // In the order in which they came, so that the same connections are met by the same draws.
        foreach (var live in _live.Values.OrderBy(l => l.Connection.Id, StringComparer.Ordinal))
        {
            live.Connection.FollowRules();
        }
    }

    private async Task AcceptAsync(Socket listener, string consumer)
    {
        while (true)
        {
            try
            {
                _ = ServeAsync(await listener.AcceptAsync().ConfigureAwait(false), consumer);
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (SocketException) when (State == ProxyState.Closed)
            {
                return;
            }
            catch (SocketException e)
            {
                // A client that left again, or no descriptor to spare: the next one may fare better.
                Place.Warn($"{Target}: a connection could not be accepted: {TransportError.Describe(e)}");
                await Task.Delay(AcceptPause).ConfigureAwait(false);
            }
        }
    }

    private async Task ServeAsync(Socket socket, string consumer)
    {
        var client = new SocketLeg(socket, EventLoop.Next);
        Current?.CountConnection();
        var id = (Interlocked.Increment(ref _numbers) & uint.MaxValue).ToString("x8", CultureInfo.InvariantCulture);
        if (_epoch is not { } epoch)
        {
            EmitUpstreamError(id, "dial", "the service does not run");
            client.Reset();
            return;
        }

        if (await ConnectAsync(epoch, client, id, consumer).ConfigureAwait(false) is not { } live)
        {
            client.Reset();
            return;
        }

        _live.TryAdd(id, live);
        _stalls.Wake();

        // Rules that came while the legs were prepared.
        live.Connection.FollowRules();
        if (epoch.Stopped.IsCancellationRequested)
        {
            live.Reset();
        }

        await RelayAsync(epoch, live).ConfigureAwait(false);
    }

    /// <summary>Connects to the upstream and prepares both legs; null when the client cannot be served.</summary>
    private async Task<LiveConnection?> ConnectAsync(Epoch epoch, SocketLeg client, string id, string consumer)
    {
        using var budget = new DialBudget(epoch.Stopped);
        SocketLeg upstream;
        try
        {
            upstream = await UpstreamDialer.DialAsync(epoch.Upstream, client.Loop, budget.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            if (!epoch.Stopped.IsCancellationRequested)
            {
                EmitUpstreamError(id, "dial", e is SocketException failed ? TransportError.Describe(failed) : "timed out");
                if (e is SocketException { SocketErrorCode: SocketError.AccessDenied } && epoch.IsFirstDenial)
                {
                    Place.Warn($"{Target}: faultbox may not connect to {epoch.Upstream}: permission denied");
                }
            }

            return null;
        }

        var connection = new ProxyConnection(this, id, consumer, epoch.Upstream.ToString(), client, upstream) { Names = epoch.Names };
        try
        {
            foreach (var stage in _stages)
            {
                connection = await stage.PrepareAsync(connection, budget).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            upstream.Reset();
            return null;
        }

        return new LiveConnection(connection, client, upstream);
    }

    private async Task RelayAsync(Epoch epoch, LiveConnection live)
    {
        var connection = live.Connection;
        var start = Stopwatch.GetTimestamp();
        connection.Emit(
            "proxy_conn_open",
            new EventField("client", live.ClientAddress),
            new EventField("target", connection.Target),
            new EventField("consumer", connection.Consumer));
        ConnectionEnd end;
        try
        {
            end = await _relay.RelayAsync(connection, epoch.Stopped).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Place.Warn($"{Target}: connection {connection.Id} was given up: {e.Message}");
            end = new ConnectionEnd("io_error", Reset: true);
        }

        if (live.IsSevered || epoch.Stopped.IsCancellationRequested)
        {
            end = new ConnectionEnd("context_cancel", Reset: true);
            if (epoch.HasDied && connection.Owed?.Invoke() is { } owed)
            {
                connection.ReportUpstream(owed, "the service ended");
            }
        }
        else if (connection.IsEndedByRule)
        {
            end = end with { Reason = "rule_drop" };
        }
        else if (end.Reason == "io_error" && live.Upstream.HasFailed)
        {
            connection.ReportUpstream(
                connection.Owed?.Invoke() ?? (connection.ServerBytes == 0 ? "response" : "body"), "connection reset by the service");
        }

        connection.Emit(
            "proxy_conn_close",
            new EventField("duration_ms", Number((long)Stopwatch.GetElapsedTime(start).TotalMilliseconds)),
            new EventField("bytes_c2s", Number(connection.ClientBytes)),
            new EventField("bytes_s2c", Number(connection.ServerBytes)),
            new EventField("reason", end.Reason),
            new EventField("consumer", connection.Consumer));
        if (end is { Reason: "rule_drop", Reset: false })
        {
            connection.Upstream.Dispose();
            await OrderlyEnd.MakeAsync(connection.Client, LingerLimit, epoch.Stopped).ConfigureAwait(false);
        }

        live.Close(end.Reset);

        // What a fault holds back is delivered when the fault's window closes, of which only a live connection hears.
        await connection.Client.Delivered.WaitAsync(epoch.Stopped).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (epoch.Stopped.IsCancellationRequested)
        {
            connection.Client.Reset();
        }

        _live.TryRemove(connection.Id, out _);
        connection.Leave();
        live.Ended.TrySetResult();
    }

    private void EmitUpstreamError(string id, string phase, string error) => Current?.EmitLifecycle(
        "proxy_upstream_error", new EventField("conn_id", id), new EventField("phase", phase), new EventField("error", error));

    /// <summary>
    /// Resets every connection at once, and then waits a little for their relays. When the service died only those are reset at once that wait
    /// for the rest of an answer; on the others what it sent before, the end of the stream included, has a moment to reach its client, and
    /// where a rule holds an answer back the time that the rule asks for.
    /// </summary>
    private void EndEpoch(bool hasDied = false)
    {
        if (_epoch is null && (hasDied || _fading is null))
        {
            return;
        }

        List<Epoch> ending = [.. new[] { _fading, _epoch }.OfType<Epoch>()];
        (_fading, _epoch) = (null, null);
        var live = _live.Values.ToList();
        if (hasDied)
        {
            ending[^1].HasDied = true;
            var held = live.RemoveAll(l => l.Connection.IsHeld);
            live.Where(l => l.Connection.Owed?.Invoke() is not null).ToList().ForEach(l => l.Reset());
            _ = Task.WhenAll(live.Select(l => l.Ended.Task)).Wait(LastWords);
            if (held > 0)
            {
                _fading = ending[^1];
                ending.RemoveAt(ending.Count - 1);
            }
        }

        var start = Stopwatch.GetTimestamp();
        foreach (var connection in live)
        {
            connection.Reset();
        }

        var cancelling = Task.WhenAll(ending.Select(e => e.EndAsync()));
        var ended = Task.WhenAll(live.Select(l => l.Ended.Task).Append(cancelling));
        var rest = EndLimit - Stopwatch.GetElapsedTime(start);
        if (!ended.Wait(rest > TimeSpan.Zero ? rest : TimeSpan.Zero))
        {
            _ = AbandonAsync(ended);
        }
    }

    private async Task AbandonAsync(Task ended)
    {
        if (await Task.WhenAny(ended, Task.Delay(AbandonAfter - EndLimit)).ConfigureAwait(false) == ended)
        {
            return;
        }

        Current?.EmitLifecycle(
            "proxy_stop_timeout",
            new EventField("action", "abandon"),
            new EventField("waited", "5s"),
            new EventField("reason", "a relay did not end when its connection was reset"));
        Place.Warn($"{Target}: a relay did not end within 5 s of its connection's reset and is abandoned");
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>The time during which one upstream is relayed to.</summary>
    private sealed class Epoch(ProxyUpstream upstream, ProxyNames? names)
    {
        private readonly CancellationTokenSource _stop = new();
        private int _denials;

        /// <summary>True once: who lacks the rights to connect lacks them for every client.</summary>
        public bool IsFirstDenial => Interlocked.Exchange(ref _denials, 1) == 0;

        public ProxyUpstream Upstream => upstream;

        public ProxyNames? Names => names;

        public CancellationToken Stopped => _stop.Token;

        /// <summary>True when it ended with the service, and not because the service was no longer needed.</summary>
        public bool HasDied { get; set; }

        public Task EndAsync() => _stop.CancelAsync();
    }
}
