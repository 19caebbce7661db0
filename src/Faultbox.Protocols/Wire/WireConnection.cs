using System.Runtime.CompilerServices;
using Faultbox.Core.Events;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Wire;

/// <summary>The stream faults on one connection: follows the rules in force and ends the connection when a fault says so.</summary>
internal sealed class WireConnection
{
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly ProxyConnection _connection;
    private readonly ConditionalWeakTable<ActiveProxyRule, TokenBucket> _shared;
    private readonly HashSet<ActiveProxyRule> _met = [];
    private readonly List<AttachedFault> _attached = [];
    private readonly CancellationTokenSource _over = new();
    private volatile AttachedFault[] _active = [];
    private volatile bool _isStaged;
    private bool _hasLeft;

    /// <summary>Meets the rules in force.</summary>
    /// <param name="connection">The connection without faults.</param>
    /// <param name="shared">Buckets that connections share.</param>
    public WireConnection(ProxyConnection connection, ConditionalWeakTable<ActiveProxyRule, TokenBucket> shared)
    {
        _connection = connection;
        _shared = shared;
        _met.UnionWith(connection.Met);
        Follow();
    }

    /// <summary>Called when a fault ends the connection, before its legs end.</summary>
    public Action? Ended { get; set; }

    /// <summary>True once a fault has met the connection: from then on bytes go through queues.</summary>
    public bool IsStaged => _isStaged;

    /// <summary>True when a fault has ended the connection.</summary>
    public bool IsOver => _over.IsCancellationRequested;

    /// <summary>Fires when a fault has ended the connection.</summary>
    public CancellationToken Over => _over.Token;

    /// <summary>Effects in force on a direction, in the order of their rules.</summary>
    public IReadOnlyList<WireEffect> EffectsOn(TrafficDirection direction)
    {
        var active = _active;
        return active.Length == 0 ? [] : [.. active.Select(a => a.On(direction)).OfType<WireEffect>()];
    }

    /// <summary>Meets new rules and lets go of those that are no longer in force.</summary>
    public void Follow()
    {
        var rules = _connection.Rules;
        var current = rules?.WireRules ?? [];
        List<AttachedFault> gone;
        lock (_gate)
        {
            if (_hasLeft)
            {
                return;
            }

            foreach (var rule in current.Where(r => _met.Add(r) && rules!.MeetsConnection(r, _connection.Consumer)))
            {
                Attach(rule);
            }

            gone = [.. _attached.Where(a => !current.Contains(a.Rule))];
            _attached.RemoveAll(gone.Contains);
            _active = [.. _attached];
        }

        LetGo(gone);
    }

    /// <summary>Lets go of every fault: the connection has ended.</summary>
    public void Leave()
    {
        List<AttachedFault> gone;
        lock (_gate)
        {
            _hasLeft = true;
            gone = [.. _attached];
            _attached.Clear();
            _active = [];
        }

        LetGo(gone);
    }

    /// <summary>Counts a piece for every fault that acted on it.</summary>
    public void Count(TrafficDirection direction, int bytes)
    {
        foreach (var fault in _active)
        {
            if (fault.On(direction) is not null)
            {
                fault.Count(bytes);
            }
        }
    }

    /// <summary>Ends the connection.</summary>
    /// <param name="reset">True for RST on both legs.</param>
    public void End(bool reset)
    {
        if (IsOver)
        {
            return;
        }

        Ended?.Invoke();
        _over.Cancel();
        if (reset)
        {
            _connection.Client.Reset();
            _connection.Upstream.Reset();
        }
        else
        {
            _ = CloseAsync();
        }
    }

    private void LetGo(List<AttachedFault> gone)
    {
        foreach (var fault in gone)
        {
            Emit(fault.Rule, [new("phase", "detach"), .. fault.Summary()]);
            fault.Detach();
        }
    }

    private async Task CloseAsync()
    {
        try
        {
            _connection.Upstream.Dispose();
            await OrderlyEnd.MakeAsync(_connection.Client, Linger, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _connection.Client.Dispose();
        }
    }

    private void Attach(ActiveProxyRule rule)
    {
        _isStaged = true;
        Emit(rule, [new("phase", "attach"), .. FaultParameters.Of(rule.Fault).Select(p => new EventField(p.Name, p.Value))]);
        var fault = rule.Fault.Wire!;
        WireEffect? shared = fault switch
        {
            WireResetPeer reset => new ResetEffect(reset.Bytes, () => Later(reset.Wait, reset: true)),
            _ => null,
        };
        _attached.Add(new AttachedFault(
            rule,
            fault.Direction.HasFlag(TrafficDirection.ClientToServer) ? shared ?? Effect(rule, fault, TrafficDirection.ClientToServer) : null,
            fault.Direction.HasFlag(TrafficDirection.ServerToClient) ? shared ?? Effect(rule, fault, TrafficDirection.ServerToClient) : null));
        switch (fault)
        {
            case WireDown:
                Later(TimeSpan.Zero, reset: true);
                break;
            case WireTimeout { Hold: var hold } when hold > TimeSpan.Zero:
                Later(hold, reset: false);
                break;
            case WireResetPeer { Bytes: null or 0, Wait: var wait }:
                Later(wait, reset: true);
                break;
        }
    }

    private WireEffect Effect(ActiveProxyRule rule, WireFault fault, TrafficDirection direction)
    {
        var draws = (rule.Fired << 32) + (direction == TrafficDirection.ClientToServer ? 0 : 1L << 31);
        double Draw() => rule.Stream.Draw(Interlocked.Increment(ref draws));
        return fault switch
        {
            WireLatency latency => new LatencyEffect(latency, Draw),
            WireBandwidth bandwidth => new BandwidthEffect(bandwidth.IsShared
                ? _shared.GetValue(rule, _ => new TokenBucket(bandwidth.BytesPerSecond, bandwidth.Burst))
                : new TokenBucket(bandwidth.BytesPerSecond, bandwidth.Burst)),
            WireSlicer slicer => new SlicerEffect(slicer, Draw),
            WireLimitData limit => new LimitDataEffect(limit),
            WireCorrupt corrupt => new CorruptEffect(corrupt, Draw),
            WireSlowClose slow => new SlowCloseEffect(slow),
            _ => new BlockingEffect(),
        };
    }

    /// <summary>Ends the connection after a time, unless the window of the fault, or the connection, has ended before.</summary>
    private async void Later(TimeSpan wait, bool reset)
    {
        try
        {
            await Pause.ForAsync(wait, _over.Token).ConfigureAwait(false);
            End(reset);
        }
        catch (OperationCanceledException)
        {
            // The connection has ended.
        }
    }

    private void Emit(ActiveProxyRule rule, EventField[] fields) => _connection.Rules?.Emit(rule, _connection.Consumer, _connection.Id, fields);
}
