using Faultbox.Core.Events;
using Faultbox.Core.Leaves;
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
    private const int MaximumLifecycleEvents = 2000;

    private readonly Lock _gate = new();
    private readonly MessageTally _tally = new();
    private readonly MessageTally _handshakes = new();
    private readonly ulong _seed;
    private readonly string _test;
    private readonly Dictionary<string, int> _keys = new(StringComparer.Ordinal);
    private List<ProxyWindow> _windows = [];
    private volatile ActiveProxyRule[] _messageRules = [];
    private volatile ActiveProxyRule[] _wireRules = [];
    private volatile ActiveProxyRule[] _tlsRules = [];
    private long _connections;
    private int _lifecycleEvents;

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

    /// <summary>True when a rule on messages asks for the host that a message is for.</summary>
    public bool ReadsHost { get; private set; }

    /// <summary>True when a rule on messages asks for the body.</summary>
    public bool ReadsBody { get; private set; }

    /// <summary>Rules on streams, in installation order.</summary>
    public IReadOnlyList<ActiveProxyRule> WireRules => _wireRules;

    /// <summary>Rules on TLS handshakes, in installation order.</summary>
    public IReadOnlyList<ActiveProxyRule> TlsRules => _tlsRules;

    /// <summary>Connections and flows that reached the proxy in this test.</summary>
    public long Connections => Volatile.Read(ref _connections);

    /// <summary>Counts a connection or flow.</summary>
    public void CountConnection() => Interlocked.Increment(ref _connections);

    /// <summary>Puts rules in force after those already there.</summary>
    /// <param name="rules">Rules in the order written.</param>
    /// <param name="pinned">Outcomes of the first occurrences of a rule whose chance is enumerated, by its axis.</param>
    public ProxyWindow Open(IReadOnlyList<ProxyRule> rules, Func<Axis, IReadOnlyList<bool>>? pinned = null)
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
            foreach (var rule in window.Rules)
            {
                rule.End();
            }
        }

        Changed?.Invoke();
    }

    /// <summary>Evaluates one message; null when nothing happens to it.</summary>
    public ProxyVerdict? Evaluate(in ProxyMessage message)
    {
        return EvaluatePart(Count(message), message, _ => true);
    }

    /// <summary>Counts a message; gives the rules that it counts for, which <see cref="EvaluatePart"/> is to be given.</summary>
    public IReadOnlyList<ActiveProxyRule> Count(in ProxyMessage message)
    {
        var rules = _messageRules;
        if (rules.Length > 0)
        {
            _tally.Add(message, byKind: HasUnmatched(rules));
        }

        return rules;
    }

    /// <summary>Notes what a message is that was counted before that was known.</summary>
    public void CountKind(in ProxyMessage message)
    {
        if (HasUnmatched(_messageRules))
        {
            _tally.AddKind(message);
        }
    }

    /// <summary>
    /// Evaluates a part of a message that was counted before, such as a chunk of a connection, by some of the rules; null when nothing
    /// happens to it. A rule that has come into force since has not seen the message.
    /// </summary>
    /// <param name="rules">The rules that it was counted for.</param>
    /// <param name="message">The message as far as it is known.</param>
    /// <param name="applies">Tells which rules are to be asked.</param>
    public ProxyVerdict? EvaluatePart(IReadOnlyList<ActiveProxyRule> rules, in ProxyMessage message, Func<ActiveProxyRule, bool> applies)
    {
        List<ActiveProxyRule>? fired = null;
        for (var i = 0; i < rules.Count; i++)
        {
            if (applies(rules[i]) && rules[i].Fires(message))
            {
                (fired ??= []).Add(rules[i]);
                if (rules[i].Fault.Action != ProxyAction.Delay)
                {
                    Forestall(rules, i, message);
                    break;
                }
            }
        }

        return fired is null ? null : new ProxyVerdict(fired);
    }

    /// <summary>True when the body of a message decides whether some rule covers it: without it the message cannot be evaluated.</summary>
    /// <param name="message">The message before its body.</param>
    public bool AsksForBody(in ProxyMessage message)
    {
        if (ReadsBody)
        {
            foreach (var rule in _messageRules)
            {
                if (rule.AsksForBody(message))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>True when a rule on streams covers a connection and is due; the connections that it is asked about count as its messages.</summary>
    /// <param name="rule">One of <see cref="WireRules"/>.</param>
    /// <param name="consumer">Who connected; empty when not known.</param>
    public bool MeetsConnection(ActiveProxyRule rule, string consumer)
    {
        var connection = new ProxyMessage { Consumer = consumer, Direction = TrafficDirection.Both };
        rule.See(connection);
        return rule.Fires(connection);
    }

    /// <summary>The rule that decides about a TLS handshake; null when none does.</summary>
    /// <param name="consumer">Who connected; empty when not known.</param>
    /// <param name="serverName">Name that the client asks for; empty when it names none.</param>
    public ActiveProxyRule? MeetHandshake(string consumer, ReadOnlySpan<char> serverName)
    {
        var rules = _tlsRules;
        if (rules.Length == 0)
        {
            return null;
        }

        var handshake = new ProxyMessage { Consumer = consumer, Host = serverName, Direction = TrafficDirection.Both };
        _handshakes.Add(handshake, byKind: false);
        for (var i = 0; i < rules.Length; i++)
        {
            if (rules[i].Fires(handshake))
            {
                Forestall(rules, i, handshake);
                return rules[i];
            }
        }

        return null;
    }

    /// <summary>
    /// Records an event about a connection. Of these an interface may record 2000 in one test; <see cref="Complete"/> says how many more
    /// there were.
    /// </summary>
    /// <param name="type">For example <c>proxy_conn_open</c>.</param>
    /// <param name="fields">Fields after <c>interface</c> and <c>protocol</c>.</param>
    public void EmitLifecycle(string type, params ReadOnlySpan<EventField> fields)
    {
        if (Interlocked.Increment(ref _lifecycleEvents) <= MaximumLifecycleEvents)
        {
            Log.Emit(type, Target.Service, [new("interface", Target.Interface), new("protocol", Protocol), .. fields]);
        }
    }

    /// <summary>Ends the test on this interface: says how many events were left out.</summary>
    public void Complete()
    {
        var dropped = Volatile.Read(ref _lifecycleEvents) - MaximumLifecycleEvents;
        if (dropped > 0)
        {
            Log.Emit("proxy_events_dropped", Target.Service, new("interface", Target.Interface), new("count", $"{dropped}"));
        }
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

    /// <summary>The word for an action in events: <c>respond</c>, <c>error</c>, <c>delay</c>, <c>drop</c>, <c>duplicate</c>, or the name of a fault of one of the families.</summary>
    public static string ActionName(ProxyFault fault) => fault.Wire?.Name ?? fault.Tls?.Name ?? fault.Datagram?.Name ?? fault.Http?.Name ?? fault.Grpc?.Name ?? fault.Action switch
    {
        ProxyAction.Respond => "respond",
        ProxyAction.Error => "error",
        ProxyAction.Delay => "delay",
        ProxyAction.Drop => "drop",
        _ => "duplicate",
    };

    private ActiveProxyRule Activate(ProxyRule rule, int ordinal, Func<Axis, IReadOnlyList<bool>>? pinned)
    {
        var key = NextKey(rule.Fault.Label ?? $"{Target}:{ActionName(rule.Fault)}");
        var outcomes = rule.Fault.MaxFires is { } occurrences ? pinned?.Invoke(Axis.OfChance(key, occurrences)) : null;
        return new ActiveProxyRule(rule, ordinal, key, new RandomStream(_seed, _test, key), outcomes ?? [], TallyOf(rule.Fault));
    }

    /// <summary>What counts as a message of a rule. A rule on streams meets connections that are older than itself, so that it counts for itself.</summary>
    private MessageTally TallyOf(ProxyFault fault) => fault.Tls is not null ? _handshakes : fault.Wire is not null ? new MessageTally() : _tally;

    /// <summary>Tells the rules after the one that decided.</summary>
    private static void Forestall(IReadOnlyList<ActiveProxyRule> rules, int decided, in ProxyMessage message)
    {
        for (var i = decided + 1; i < rules.Count; i++)
        {
            rules[i].Forestall(message, by: rules[decided]);
        }
    }

    private static bool HasUnmatched(ActiveProxyRule[] rules)
    {
        foreach (var rule in rules)
        {
            if (rule.Matches == 0)
            {
                return true;
            }
        }

        return false;
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
        ActiveProxyRule[] messageRules = [.. rules.Where(r => r.Fault is { Wire: null, Tls: null })];
        ReadsHost = messageRules.Any(r => r.Fault.Matcher.Host is not null);
        ReadsBody = messageRules.Any(r => !r.Fault.Matcher.Body.IsEmpty);
        _messageRules = messageRules;
        _wireRules = [.. rules.Where(r => r.Fault.Wire is not null)];
        _tlsRules = [.. rules.Where(r => r.Fault.Tls is not null)];
    }
}
