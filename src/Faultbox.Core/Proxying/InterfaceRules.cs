using Faultbox.Core.Events;
using Faultbox.Core.Randomness;
using Faultbox.Core.Topology;

namespace Faultbox.Core.Proxying;

/// <summary>Rules that were installed together and are removed together.</summary>
/// <param name="Rules">The rules in force.</param>
public sealed record ProxyWindow(IReadOnlyList<ActiveProxyRule> Rules);

/// <summary>
/// The rules in force on one interface during one test. Windows own their rules: closing one leaves the others. Connections read an
/// immutable snapshot, so evaluation takes no lock and, while nothing fires, allocates nothing.
/// </summary>
public sealed class InterfaceRules
{
    private readonly Lock _gate = new();
    private readonly ulong _seed;
    private readonly string _test;
    private readonly Dictionary<string, int> _keys = new(StringComparer.Ordinal);
    private List<ProxyWindow> _windows = [];
    private volatile ActiveProxyRule[] _messageRules = [];
    private volatile ActiveProxyRule[] _wireRules = [];

    /// <summary>Prepares an interface without rules.</summary>
    /// <param name="target">The interface.</param>
    /// <param name="protocol">Its protocol.</param>
    /// <param name="log">Event log of the test.</param>
    /// <param name="seed">Seed of the test.</param>
    /// <param name="test">Name of the test.</param>
    public InterfaceRules(InterfaceAddress target, string protocol, EventLog log, ulong seed, string test)
    {
        Target = target;
        Protocol = protocol;
        Log = log;
        _seed = seed;
        _test = test;
    }

    /// <summary>Raised after rules were installed or removed, on the thread that did it.</summary>
    public event Action? Changed;

    /// <summary>The interface.</summary>
    public InterfaceAddress Target { get; }

    /// <summary>Its protocol.</summary>
    public string Protocol { get; }

    /// <summary>Event log of the test.</summary>
    public EventLog Log { get; }

    /// <summary>True when a rule on messages is in force.</summary>
    public bool HasMessageRules => _messageRules.Length > 0;

    /// <summary>Rules on messages, in installation order.</summary>
    public IReadOnlyList<ActiveProxyRule> MessageRules => _messageRules;

    /// <summary>Rules on streams, in installation order.</summary>
    public IReadOnlyList<ActiveProxyRule> WireRules => _wireRules;

    /// <summary>Puts rules in force after those already there.</summary>
    /// <param name="rules">Rules in the order written.</param>
    /// <param name="pinned">Outcomes fixed by the plan for a key; empty for none.</param>
    public ProxyWindow Open(IReadOnlyList<ProxyRule> rules, Func<string, IReadOnlyList<bool>>? pinned = null)
    {
        ProxyWindow window;
        lock (_gate)
        {
            window = new ProxyWindow([.. rules.Select((r, i) => Activate(r, i + 1, pinned))]);
            Publish([.. _windows, window]);
        }

        Changed?.Invoke();
        return window;
    }

    /// <summary>Removes the rules of a window; what a message already waits for still happens.</summary>
    public void Close(ProxyWindow window)
    {
        lock (_gate)
        {
            Publish([.. _windows.Where(w => w != window)]);
        }

        Changed?.Invoke();
    }

    /// <summary>Evaluates one message; null when nothing happens to it.</summary>
    public ProxyVerdict? Evaluate(in ProxyMessage message)
    {
        List<ActiveProxyRule>? fired = null;
        foreach (var rule in _messageRules)
        {
            if (rule.Fires(message))
            {
                (fired ??= []).Add(rule);
                if (rule.Fault.Action != ProxyAction.Delay)
                {
                    break;
                }
            }
        }

        return fired is null ? null : new ProxyVerdict(fired);
    }

    /// <summary>Records that a rule acts. Call it before the first byte of its effect leaves.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="consumer">Who sent the message; empty when not known.</param>
    /// <param name="connection">Connection id; null when there is none.</param>
    /// <param name="fields">Fields of the protocol, in documented order.</param>
    public void Emit(ActiveProxyRule rule, string consumer, string? connection, params ReadOnlySpan<EventField> fields)
    {
        List<EventField> all = [new("action", ActionName(rule.Fault)), new("protocol", Protocol), .. fields, new("interface", Target.Interface)];
        if (consumer.Length > 0)
        {
            all.Add(new("consumer", consumer));
        }

        all.Add(new("rule", rule.Key));
        if (rule.Fault.Label is { } label)
        {
            all.Add(new("label", label));
        }

        if (connection is not null)
        {
            all.Add(new("conn_id", connection));
        }

        Log.Emit("proxy", Target.Service, [.. all]);
    }

    /// <summary>The word for an action in events: <c>respond</c>, <c>error</c>, <c>delay</c>, <c>drop</c>, <c>duplicate</c>, or the name of a stream fault.</summary>
    public static string ActionName(ProxyFault fault) => fault.Wire?.Name ?? fault.Action switch
    {
        ProxyAction.Respond => "respond",
        ProxyAction.Error => "error",
        ProxyAction.Delay => "delay",
        ProxyAction.Drop => "drop",
        _ => "duplicate",
    };

    private ActiveProxyRule Activate(ProxyRule rule, int ordinal, Func<string, IReadOnlyList<bool>>? pinned)
    {
        var key = rule.Fault.Label ?? NextKey($"{Target}:{ActionName(rule.Fault)}");
        return new ActiveProxyRule(rule, ordinal, key, new RandomStream(_seed, _test, key), pinned?.Invoke(key) ?? []);
    }

    private string NextKey(string name)
    {
        var number = _keys.GetValueOrDefault(name) + 1;
        _keys[name] = number;
        return number == 1 ? name : $"{name}#{number}";
    }

    private void Publish(List<ProxyWindow> windows)
    {
        _windows = windows;
        var rules = windows.SelectMany(w => w.Rules).ToList();
        _messageRules = [.. rules.Where(r => r.Fault.Wire is null)];
        _wireRules = [.. rules.Where(r => r.Fault.Wire is not null)];
    }
}
