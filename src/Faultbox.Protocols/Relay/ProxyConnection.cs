using Faultbox.Core.Events;
using Faultbox.Core.Proxying;

namespace Faultbox.Protocols.Relay;

/// <summary>An accepted connection with its two legs, and what its relay needs to know about the proxy.</summary>
internal sealed class ProxyConnection(IRuleSource rules, string id, string consumer, string target, Leg client, Leg upstream)
{
    private Leg _client = client;
    private long _clientBytes;
    private long _serverBytes;
    private int _isReported;

    /// <summary>The same connection with other legs, for a stage that wraps them.</summary>
    public ProxyConnection With(Leg clientLeg, Leg upstreamLeg) => new(rules, id, consumer, target, clientLeg, upstreamLeg) { Names = Names, Met = Met };

    /// <summary>The same connection after it has met some rules on streams.</summary>
    public ProxyConnection WithMet(IReadOnlyList<ActiveProxyRule> met) => new(rules, id, consumer, target, _client, upstream) { Names = Names, Met = met };

    /// <summary>Eight hexadecimal digits.</summary>
    public string Id => id;

    /// <summary>Service that connected, <c>test</c> for the driver, empty when not known.</summary>
    public string Consumer => consumer;

    /// <summary><c>host:port</c> of the upstream.</summary>
    public string Target => target;

    /// <summary>Hosts that are not passed on to the service because they are those of the proxy; null when every host is.</summary>
    public ProxyNames? Names { get; init; }

    /// <summary>Rules on streams that it has met before its legs were secured, and that do not end it.</summary>
    public IReadOnlyList<ActiveProxyRule> Met { get; init; } = [];

    /// <summary>
    /// Tells what the service still owes the client: <c>response</c>, or <c>body</c> after the head of its answer; null when it owes
    /// nothing, or the protocol does not tell.
    /// </summary>
    public Func<string?>? Owed { get; set; }

    /// <summary>Tells whether a rule holds back what the service has sent; null when the protocol has no such rules.</summary>
    public Func<bool>? Holds { get; set; }

    /// <summary>True while a rule holds back what the service has sent.</summary>
    public bool IsHeld => Holds?.Invoke() == true;

    /// <summary>Side of the client.</summary>
    public Leg Client => _client;

    /// <summary>Side of the service.</summary>
    public Leg Upstream => upstream;

    /// <summary>The rules of the running test; null between tests. Read it anew for every message.</summary>
    public InterfaceRules? Rules => rules.Current;

    /// <summary>Bytes relayed from the client.</summary>
    public long ClientBytes => Volatile.Read(ref _clientBytes);

    /// <summary>Bytes relayed from the service.</summary>
    public long ServerBytes => Volatile.Read(ref _serverBytes);

    /// <summary>Puts bytes that one relay has received back in front of the client's stream, for the relay that goes on.</summary>
    public void Precede(ReadOnlyMemory<byte> received) => _client = new PrecededLeg(_client, received.ToArray());

    /// <summary>Counts relayed bytes.</summary>
    public void Count(TrafficDirection direction, int bytes)
    {
        ref var counter = ref direction == TrafficDirection.ClientToServer ? ref _clientBytes : ref _serverBytes;
        if (Interlocked.Add(ref counter, bytes) == bytes && Rules is { } current)
        {
            MergeClocks(current, direction);
        }
    }

    /// <summary>
    /// Raised after rules were installed or removed, on the thread that did it, so that a relay or a stage can act on an idle connection.
    /// </summary>
    public event Action? RulesChanged;

    /// <summary>Raised when the connection has ended and everything on its way has arrived.</summary>
    public event Action? Left;

    /// <summary>Tells the stages that the connection has ended.</summary>
    public void Leave() => Left?.Invoke();

    /// <summary>Held while bytes are received that nobody is going to look at.</summary>
    public Lock RulesGate { get; } = new();

    /// <summary>Lets the stages and the relay follow the rules in force; bytes that are received after it are received under these.</summary>
    public void FollowRules()
    {
        RulesChanged?.Invoke();
        lock (RulesGate)
        {
            // What is being received was there before.
        }
    }

    /// <summary>True when a fault on the stream has ended the connection.</summary>
    public bool IsEndedByRule { get; set; }

    /// <summary>The first byte of a direction tells its receiver what its sender knows.</summary>
    private void MergeClocks(InterfaceRules current, TrafficDirection direction)
    {
        var service = current.Target.Service;
        if (direction == TrafficDirection.ServerToClient)
        {
            current.Log.Merge(service, consumer);
        }
        else if (consumer.Length > 0)
        {
            current.Log.Merge(consumer, service);
        }
        else
        {
            current.Log.MergeAll(service);
        }
    }

    /// <summary>Records that the service has failed the client (<c>proxy_upstream_error</c>); only what is said first is recorded.</summary>
    /// <param name="phase"><c>response</c> or <c>body</c>.</param>
    /// <param name="error">What happened.</param>
    public void ReportUpstream(string phase, string error)
    {
        if (Interlocked.Exchange(ref _isReported, 1) == 0)
        {
            Emit("proxy_upstream_error", new EventField("phase", phase), new EventField("error", error));
        }
    }

    /// <summary>Records an event of this connection; nothing between tests.</summary>
    /// <param name="type">For example <c>proxy_parse_error</c>.</param>
    /// <param name="fields">Fields after <c>interface</c>, <c>protocol</c> and <c>conn_id</c>.</param>
    public void Emit(string type, params ReadOnlySpan<EventField> fields) => Rules?.EmitLifecycle(type, [new("conn_id", Id), .. fields]);
}

/// <summary>Gives the rules of the running test.</summary>
internal interface IRuleSource
{
    /// <summary>Rules of the running test; null between tests.</summary>
    InterfaceRules? Current { get; }
}
