using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Faultbox.Core.Events;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Udp.Proxy;

/// <summary>
/// The datagram proxy: one flow for each client address, with a socket of its own toward the service; replies leave from the address that
/// the client sent to. A delayed datagram holds up no other one.
/// </summary>
internal sealed class UdpProxy : InterfaceProxy
{
    private const int LargestDatagram = 64 * 1024;
    private const int ReceiveBuffer = 4 * 1024 * 1024;
    private const int MaximumFlows = 4096;
    private static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestHold = TimeSpan.FromSeconds(1);
    private static long _numbers;

    private readonly ConcurrentDictionary<(Socket Listener, SocketAddress Client), UdpFlow> _flows = new();
    private readonly Lock _beginning = new();
    private readonly DelayLine _delays = new();
    private readonly CancellationTokenSource _stop = new();
    private volatile ProxyUpstream? _upstream;

    /// <summary>Binds the ports.</summary>
    public UdpProxy(ProxyPlace place)
        : base(place, SocketType.Dgram)
    {
        foreach (var socket in Sockets.Values)
        {
            socket.ReceiveBufferSize = ReceiveBuffer;
        }
    }

    /// <inheritdoc/>
    public override void Relay(ProxyUpstream upstream)
    {
        EndFlows();
        _upstream = upstream;
        if (State == ProxyState.Reserved)
        {
            foreach (var (consumer, socket) in Sockets)
            {
                Discard(socket);
                _ = ReceiveAsync(socket, consumer);
            }

            _ = CloseIdleAsync();
        }

        State = ProxyState.Relaying;
    }

    /// <inheritdoc/>
    public override void Orphan(bool hasDied = false)
    {
        _upstream = null;
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

    private async Task ReceiveAsync(Socket listener, string consumer)
    {
        var buffer = new byte[LargestDatagram];
        var sender = new SocketAddress(listener.AddressFamily);
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var count = await listener.ReceiveFromAsync(buffer, SocketFlags.None, sender, _stop.Token).ConfigureAwait(false);
                if (_upstream is { } upstream)
                {
                    if (_flows.TryGetValue((listener, sender), out var flow))
                    {
                        Pass(flow, buffer.AsSpan(0, count), TrafficDirection.ClientToServer);
                    }
                    else
                    {
                        _ = BeginAsync(listener, consumer, sender, upstream, buffer.AsSpan(0, count));
                    }
                }
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // An error that belongs to an earlier reply: the socket stays usable.
            }
        }
    }

    /// <summary>Passes the first datagram of a client. A name that is being looked up holds up nobody else.</summary>
    private Task BeginAsync(Socket listener, string consumer, SocketAddress sender, ProxyUpstream upstream, ReadOnlySpan<byte> datagram)
    {
        var client = new SocketAddress(sender.Family, sender.Size);
        sender.Buffer.Span[..sender.Size].CopyTo(client.Buffer.Span);
        return BeginAsync(listener, consumer, client, upstream, datagram.ToArray());
    }

    private async Task BeginAsync(Socket listener, string consumer, SocketAddress client, ProxyUpstream upstream, byte[] datagram)
    {
        try
        {
            var addresses = await HostNames.System.ResolveAsync(upstream.Host, _stop.Token).ConfigureAwait(false);
            if (_upstream == upstream)
            {
                Pass(FlowOf(listener, consumer, client, upstream, new IPEndPoint(addresses[0], upstream.Port)), datagram, TrafficDirection.ClientToServer);
            }
        }
        catch (SocketException e)
        {
            // The datagram is lost, and the next one asks again.
            Current?.EmitLifecycle(
                "proxy_upstream_error", new("conn_id", NextId()), new("phase", "dial"), new EventField("error", TransportError.Describe(e)));
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The proxy has stopped.
        }
    }

    private UdpFlow FlowOf(Socket listener, string consumer, SocketAddress client, ProxyUpstream upstream, IPEndPoint service)
    {
        UdpFlow flow;
        lock (_beginning)
        {
            if (_flows.TryGetValue((listener, client), out var known))
            {
                return known;
            }

            if (_flows.Count >= MaximumFlows)
            {
                EndOldest();
            }

            flow = new UdpFlow(NextId(), listener, consumer, client, service);
            _flows[(listener, client)] = flow;
        }

        Current?.CountConnection();
        Current?.EmitLifecycle(
            "proxy_flow_open", new("conn_id", flow.Id), new("client", flow.ClientText), new("target", upstream.ToString()), new("consumer", consumer));
        _ = ReplyAsync(flow);
        return flow;
    }

    private static string NextId() => (Interlocked.Increment(ref _numbers) & uint.MaxValue).ToString("x8", CultureInfo.InvariantCulture);

    private async Task ReplyAsync(UdpFlow flow)
    {
        var first = new byte[1];
        while (true)
        {
            try
            {
                // Memory for a datagram is taken once there is one: most flows wait for most of their time.
                await flow.Upstream.ReceiveAsync(first, SocketFlags.Peek, _stop.Token).ConfigureAwait(false);
                PassReply(flow);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException) when (_flows.ContainsKey((flow.Listener, flow.Client)))
            {
                // Nobody listens at the moment: the client hears nothing, and the next datagram is tried again.
            }
            catch (SocketException)
            {
                return;
            }
        }
    }

    private void PassReply(UdpFlow flow)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(LargestDatagram);
        try
        {
            var count = flow.Upstream.Receive(buffer);
            Pass(flow, buffer.AsSpan(0, count), TrafficDirection.ServerToClient);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
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
            var respond => () => flow.SendToClient(respond.Body.GetValueOrDefault().Span),
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

    /// <summary>Does what a fault on datagrams does; every random number is one of the rule's own draws.</summary>
    private void Act(UdpFlow flow, byte[] datagram, TrafficDirection direction, ActiveProxyRule rule, DatagramFault fault)
    {
        switch (fault)
        {
            case DatagramReorder reorder:
                var held = direction == TrafficDirection.ClientToServer ? flow.HeldToServer : flow.HeldToClient;
                _delays.Add(LongestHold, held.Add(reorder.By, () => Transmit(flow, datagram, direction)));
                return;
            case DatagramDuplicate duplicate:
                for (var i = 1; i < duplicate.Count; i++)
                {
                    Transmit(flow, datagram, direction);
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
        Transmit(flow, datagram, direction);
        (direction == TrafficDirection.ClientToServer ? flow.HeldToServer : flow.HeldToClient).Passed();
    }

    private static void Transmit(UdpFlow flow, ReadOnlySpan<byte> datagram, TrafficDirection direction)
    {
        if (direction == TrafficDirection.ClientToServer)
        {
            flow.SendToServer(datagram);
        }
        else
        {
            flow.SendToClient(datagram);
        }
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
                foreach (var (key, flow) in _flows.Where(f => f.Value.Idle > IdleLimit))
                {
                    _flows.TryRemove(key, out _);
                    End(flow, "idle");
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The proxy has stopped.
        }
    }

    /// <summary>Makes room for new clients: the quarter that was silent for longest goes.</summary>
    private void EndOldest()
    {
        foreach (var (key, _) in _flows.ToArray().OrderByDescending(f => f.Value.Idle).Take(MaximumFlows / 4))
        {
            if (_flows.TryRemove(key, out var flow))
            {
                End(flow, "too_many_flows");
            }
        }
    }

    private void EndFlows()
    {
        foreach (var key in _flows.Keys.ToList())
        {
            if (_flows.TryRemove(key, out var flow))
            {
                End(flow, "context_cancel");
            }
        }
    }

    private void End(UdpFlow flow, string reason)
    {
        var (toServer, bytesToServer, toClient, bytesToClient) = flow.Counts;
        Current?.EmitLifecycle(
            "proxy_flow_close",
            new("conn_id", flow.Id),
            new("datagrams_c2s", Number(toServer)),
            new("datagrams_s2c", Number(toClient)),
            new("bytes_c2s", Number(bytesToServer)),
            new("bytes_s2c", Number(bytesToClient)),
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
