using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Faultbox.Core.Events;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Polling;
using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Udp.Proxy;

/// <summary>
/// The datagram proxy: one flow for each client address, with a socket of its own toward the service; replies leave from the address that
/// the client sent to. A delayed datagram holds up no other one.
/// </summary>
internal sealed class UdpProxy : InterfaceProxy
{
    private const int MaximumFlows = 4096;
    private static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestHold = TimeSpan.FromSeconds(1);

    /// <summary>A service that is away is not asked for with every datagram.</summary>
    private static readonly TimeSpan RefusalPause = TimeSpan.FromMilliseconds(50);
    private static long _numbers;

    private readonly EventLoop _loop = EventLoop.Next;
    private readonly HostNames _names;
    private readonly UdpListener[] _listeners;
    private readonly Lock _beginning = new();
    private readonly DelayLine _delays = new();
    private readonly CancellationTokenSource _stop = new();
    private volatile ProxyUpstream? _upstream;
    private volatile IPAddress? _served;
    private Newcomers? _newcomers;
    private long _refusedAt;

    /// <summary>Binds the ports.</summary>
    /// <param name="place">Where the proxy stands.</param>
    /// <param name="names">Looks the service up; null for the resolver of this host.</param>
    public UdpProxy(ProxyPlace place, HostNames? names = null)
        : base(place, SocketType.Dgram)
    {
        _names = names ?? HostNames.System;
        _listeners = [.. Sockets.Select(s => new UdpListener(s.Key, s.Value, _loop, Receive))];
    }

    private IEnumerable<UdpFlow> Flows => _listeners.SelectMany(l => l.Flows.Values);

    /// <inheritdoc/>
    internal override int LiveCount => Flows.Count();

    /// <inheritdoc/>
    public override void Relay(ProxyUpstream upstream)
    {
        EndFlows(upstream);
        if (State == ProxyState.Reserved)
        {
            foreach (var socket in Sockets.Values)
            {
                Discard(socket);
            }

            foreach (var listener in _listeners)
            {
                listener.Socket.Start();
            }

            _ = CloseIdleAsync();
        }

        State = ProxyState.Relaying;
    }

    /// <inheritdoc/>
    public override void Orphan(bool hasDied = false)
    {
        EndFlows();
        if (State == ProxyState.Relaying)
        {
            ReportDrops();
            State = ProxyState.Orphaned;
        }
    }

    private protected override void Closing()
    {
        _stop.Cancel();
        _delays.Dispose();
        foreach (var listener in _listeners)
        {
            listener.Socket.Dispose();
        }
    }

    /// <summary>What was sent before the service was up is lost, as it would be without the proxy.</summary>
    private static void Discard(Socket socket)
    {
        Span<byte> datagram = stackalloc byte[1];
        EndPoint sender = new IPEndPoint(IPAddress.Any, 0);
        while (socket.Available > 0)
        {
            try
            {
                socket.ReceiveFrom(datagram, SocketFlags.Truncated, ref sender);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.MessageSize)
            {
                // The datagram is longer than what is looked at of it.
            }
        }
    }

    /// <summary>Takes what clients have sent to a port.</summary>
    private void Receive(UdpListener listener, DatagramBatch batch)
    {
        try
        {
            Pass(listener, batch);
        }
        catch (Exception e)
        {
            GiveUp(e);
        }
    }

    /// <summary>Takes what the service has sent to a client.</summary>
    private void Reply(UdpFlow flow, DatagramBatch batch)
    {
        try
        {
            Pass(flow, batch, 0, batch.Count, TrafficDirection.ServerToClient);
        }
        catch (Exception e)
        {
            GiveUp(e);
        }
    }

    /// <summary>The thread of the loop serves others too: whatever fails costs the datagram alone.</summary>
    private void GiveUp(Exception e) => Place.Warn($"{Target}: a datagram was given up: {e.Message}");

    private void Pass(UdpListener listener, DatagramBatch batch)
    {
        if (_upstream is not { } upstream)
        {
            return;
        }

        for (var (first, end) = (0, 0); first < batch.Count; first = end)
        {
            var client = batch.PathOf(first);
            for (end = first + 1; end < batch.Count && batch.PathOf(end) == client; end++)
            {
            }

            if (listener.Flows.TryGetValue(client, out var flow) && !IsMisled(flow, upstream))
            {
                Pass(flow, batch, first, end, TrafficDirection.ClientToServer);
                continue;
            }

            for (var i = first; i < end; i++)
            {
                Begin(listener, client, upstream, batch[i]);
            }
        }
    }

    /// <summary>Passes a datagram of a client that is new. A name that is being looked up holds up nobody else.</summary>
    private void Begin(UdpListener listener, DatagramPath client, ProxyUpstream upstream, ReadOnlySpan<byte> datagram)
    {
        if (_newcomers is null)
        {
            var lookup = _names.ResolveAsync(upstream.Host, _stop.Token);
            if (lookup.IsCompletedSuccessfully)
            {
                PassFirst(listener, client, upstream, AddressOf(lookup.Result, upstream.Port), datagram);
                return;
            }

            _newcomers = new Newcomers(upstream, _loop, PassNewcomers);
            _ = _newcomers.AwaitAsync(lookup);
        }

        _newcomers.Add(listener, client, datagram);
    }

    /// <summary>The address on which the service takes datagrams; the one that is chosen is kept until datagrams are refused there.</summary>
    private IPAddress AddressOf(IPAddress[] addresses, int port) =>
        LoopbackAddress.IsAmong(addresses) ? _served ??= LoopbackAddress.Of(addresses, port) : addresses[0];

    /// <summary>Ends a flow whose datagrams were refused when the service takes them on another address of the host; true when it did.</summary>
    private bool IsMisled(UdpFlow flow, ProxyUpstream upstream)
    {
        if (!flow.TakeRefusal() || Stopwatch.GetElapsedTime(_refusedAt) < RefusalPause)
        {
            return false;
        }

        _refusedAt = Stopwatch.GetTimestamp();
        _served = null;
        var lookup = _names.ResolveAsync(upstream.Host, _stop.Token);
        if (!lookup.IsCompletedSuccessfully || !LoopbackAddress.IsAmong(lookup.Result) || AddressOf(lookup.Result, upstream.Port).Equals(flow.Service))
        {
            return false;
        }

        End([flow], "moved");
        return true;
    }

    private void PassNewcomers(Newcomers newcomers)
    {
        _newcomers = null;
        if (newcomers.Service is not { } service)
        {
            // The datagrams are lost, and the next one asks again.
            EmitUpstreamError(newcomers.Failure!);
            return;
        }

        try
        {
            foreach (var (listener, client, datagram) in newcomers.Waiting)
            {
                PassFirst(listener, client, newcomers.Upstream, service, datagram);
            }
        }
        catch (Exception e)
        {
            GiveUp(e);
        }
    }

    private void PassFirst(UdpListener listener, DatagramPath client, ProxyUpstream upstream, IPAddress service, ReadOnlySpan<byte> datagram)
    {
        try
        {
            if (FlowOf(listener, client, upstream, new IPEndPoint(service, upstream.Port)) is { } flow)
            {
                Pass(flow, datagram, TrafficDirection.ClientToServer);
            }
        }
        catch (SocketException e)
        {
            EmitUpstreamError(e);
        }
    }

    /// <summary>The flow of a client; null when the service has been replaced meanwhile.</summary>
    private UdpFlow? FlowOf(UdpListener listener, DatagramPath client, ProxyUpstream upstream, IPEndPoint service)
    {
        UdpFlow flow;
        lock (_beginning)
        {
            if (_upstream != upstream)
            {
                return null;
            }

            if (listener.Flows.TryGetValue(client, out var known))
            {
                return known;
            }

            if (_listeners.Sum(l => l.Flows.Count) >= MaximumFlows)
            {
                EndOldest();
            }

            flow = new UdpFlow(NextId(), listener, client, service, _loop, Reply);
            listener.Flows[client] = flow;
        }

        Current?.CountConnection();
        Current?.EmitLifecycle(
            "proxy_flow_open",
            new("conn_id", flow.Id),
            new("client", flow.ClientText),
            new("target", upstream.ToString()),
            new("consumer", listener.Consumer));
        return flow;
    }

    private static string NextId() => (Interlocked.Increment(ref _numbers) & uint.MaxValue).ToString("x8", CultureInfo.InvariantCulture);

    private void EmitUpstreamError(SocketException error) => Current?.EmitLifecycle(
        "proxy_upstream_error", new("conn_id", NextId()), new("phase", "dial"), new EventField("error", TransportError.Describe(error)));

    /// <summary>Passes datagrams of one flow, all at once when nothing looks at them.</summary>
    private void Pass(UdpFlow flow, DatagramBatch batch, int first, int end, TrafficDirection direction)
    {
        if (Current is not { HasMessageRules: true } && flow.Held(direction).IsEmpty)
        {
            flow.Send(batch, first, end - first, direction);
            return;
        }

        for (; first < end; first++)
        {
            Pass(flow, batch[first], direction);
        }
    }

    private void Pass(UdpFlow flow, ReadOnlySpan<byte> datagram, TrafficDirection direction)
    {
        var rules = Current;
        var verdict = rules is not { HasMessageRules: true } ? null : rules.Evaluate(new ProxyMessage
        {
            Consumer = flow.Consumer,
            IsBytes = true,
            Start = datagram,
            Body = datagram,
            Direction = direction,
        });
        if (verdict is null)
        {
            Send(flow, datagram, direction);
            return;
        }

        var delay = TimeSpan.Zero;
        foreach (var rule in verdict.Fired)
        {
            if (FindsNothing(rule.Fault.Datagram, datagram.Length, flow.Held(direction)))
            {
                rule.Withdraw();
                continue;
            }

            Record(rules!, rule, flow, datagram.Length);
            delay += rule.Fault.Delay;
        }

        var copy = datagram.ToArray();
        Action? action = verdict.Terminal?.Fault switch
        {
            null => () => Send(flow, copy, direction),
            { Action: ProxyAction.Drop } => null,
            { Action: ProxyAction.Duplicate } => () =>
            {
                Send(flow, copy, direction);
                Send(flow, copy, direction);
            }
            ,
            { Datagram: { } fault } => () => Act(flow, copy, direction, verdict.Terminal!, fault),
            var respond => () => flow.Send(respond.Body.GetValueOrDefault().Span, TrafficDirection.ServerToClient),
        };
        if (action is null)
        {
            return;
        }

        if (delay == TimeSpan.Zero)
        {
            action();
        }
        else
        {
            _delays.Add(delay, action);
        }
    }

    /// <summary>
    /// True when a datagram of a length is after a fault what it was before. One that comes while another waits to be passed is one that
    /// passes: if it waited too, none would, and all would arrive late and in order.
    /// </summary>
    private static bool FindsNothing(DatagramFault? fault, int length, HeldDatagrams held) => fault switch
    {
        DatagramReorder => !held.IsEmpty,
        DatagramTruncate { Bytes: var bytes } => bytes >= length,
        DatagramCorrupt => length == 0,
        _ => false,
    };

    /// <summary>Does what a fault on datagrams does; every random number is one of the rule's own draws.</summary>
    private void Act(UdpFlow flow, byte[] datagram, TrafficDirection direction, ActiveProxyRule rule, DatagramFault fault)
    {
        switch (fault)
        {
            case DatagramReorder reorder when flow.Held(direction).IsEmpty:
                _delays.Add(LongestHold, flow.Held(direction).Add(reorder.By, () => flow.Send(datagram, direction)));
                return;
            case DatagramDuplicate duplicate:
                for (var i = 1; i < duplicate.Count; i++)
                {
                    flow.Send(datagram, direction);
                }

                break;
            case DatagramCorrupt corrupt when datagram.Length > 0:
                var bits = rule.Stream.Bits(DrawsOf(rule));
                ref var octet = ref datagram[(int)(bits % (ulong)datagram.Length)];
                octet = corrupt.Kind switch
                {
                    CorruptionKind.Flip => (byte)~octet,
                    CorruptionKind.Zero => 0,
                    _ => (byte)(octet + 1UL + ((bits >> 32) % byte.MaxValue)),
                };
                break;
            case DatagramTruncate truncate:
                datagram = datagram[..Math.Min(truncate.Bytes, datagram.Length)];
                break;
            case DatagramLatency latency:
                var jitter = latency.Jitter * ((rule.Stream.Draw(DrawsOf(rule)) * 2) - 1);
                _delays.Add(latency.Delay + jitter, () => Send(flow, datagram, direction));
                return;
        }

        Send(flow, datagram, direction);
    }

    /// <summary>Where the draws of the latest firing of a rule begin: apart from those that decide whether it fires.</summary>
    private static long DrawsOf(ActiveProxyRule rule) => rule.Fired << 32;

    private static void Send(UdpFlow flow, ReadOnlySpan<byte> datagram, TrafficDirection direction)
    {
        flow.Send(datagram, direction);
        flow.Held(direction).Passed();
    }

    private static void Record(InterfaceRules rules, ActiveProxyRule rule, UdpFlow flow, int size)
    {
        List<EventField> fields = [new("size", Number(size)), new("from", flow.ClientText)];
        if (rule.Fault.Action == ProxyAction.Delay)
        {
            fields.Insert(0, new("delay_ms", Number((long)rule.Fault.Delay.TotalMilliseconds)));
        }

        fields.AddRange(FaultParameters.Of(rule.Fault).Select(p => new EventField(p.Name, p.Value)));
        rules.Emit(rule, flow.Consumer, flow.Id, [.. fields]);
    }

    private async Task CloseIdleAsync()
    {
        using var timer = new PeriodicTimer(IdleLimit / 4);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
            {
                End(Flows.Where(f => f.Idle > IdleLimit), "idle");
            }
        }
        catch (OperationCanceledException)
        {
            // The proxy has stopped.
        }
    }

    /// <summary>Makes room for new clients: the quarter that was silent for longest goes.</summary>
    private void EndOldest() => End(Flows.OrderByDescending(f => f.Idle).Take(MaximumFlows / 4), "too_many_flows");

    /// <summary>Ends the flows to one upstream and begins the time of another.</summary>
    private void EndFlows(ProxyUpstream? next = null)
    {
        lock (_beginning)
        {
            _upstream = next;
            _served = null;
            End(Flows, "context_cancel");
        }
    }

    private void End(IEnumerable<UdpFlow> flows, string reason)
    {
        foreach (var flow in flows.ToList())
        {
            if (flow.Listener.Flows.TryRemove(flow.Client, out _))
            {
                End(flow, reason);
            }
        }
    }

    private void End(UdpFlow flow, string reason)
    {
        Current?.EmitLifecycle(
            "proxy_flow_close",
            new("conn_id", flow.Id),
            new("datagrams_c2s", Number(flow.ToServer.Datagrams)),
            new("datagrams_s2c", Number(flow.ToClient.Datagrams)),
            new("bytes_c2s", Number(flow.ToServer.Bytes)),
            new("bytes_s2c", Number(flow.ToClient.Bytes)),
            new("lost_c2s", Number(flow.ToServer.Lost)),
            new("lost_s2c", Number(flow.ToClient.Lost)),
            new("reason", reason));
        flow.Dispose();
    }

    /// <summary>Says how many datagrams the kernel dropped because the proxy was slower than its clients.</summary>
    private void ReportDrops()
    {
        foreach (var port in Ports)
        {
            if (KernelDrops.Of(port) is var drops and > 0)
            {
                Place.Warn($"{Target}: the kernel dropped {drops} datagrams that came faster than the proxy took them");
            }
        }
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
