using Faultbox.Core;
using Faultbox.Core.Events;
using Faultbox.Core.Proxying;
using Faultbox.Core.Topology;
using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Tests.Relay;

/// <summary>The proxy of an interface in front of one port of this host, in the middle of a test.</summary>
internal sealed class ProxyFixture : IDisposable
{
    private readonly InterfaceProxy _proxy;

    public ProxyFixture(string protocol, int upstream, params ILegStage[] stages)
    {
        var target = new InterfaceAddress("up", "main");
        _proxy = ProtocolRegistry.Find(protocol)!.Proxy!.Reserve(
            new ProxyPlace { Target = target, Protocol = protocol, Consumers = ["shop"], Stages = stages });
        Rules = new InterfaceRules(target, protocol, Log, seed: 7, "test_proxy");
        _proxy.Use(Rules);
        _proxy.Relay(new ProxyUpstream("127.0.0.1", upstream));
    }

    public EventLog Log { get; private set; } = new(TimeProvider.System);

    public InterfaceRules Rules { get; private set; }

    public int Port => _proxy.PortOf("shop");

    public ProxyWindow Open(params ProxyFault[] faults) =>
        Rules.Open([.. faults.Select(f => new ProxyRule(f, new SourcePosition("test.star", 1, 1)))]);

    /// <summary>Goes on with the events and the rules of another test.</summary>
    public void BeginTest()
    {
        Log = new EventLog(TimeProvider.System);
        Rules = new InterfaceRules(_proxy.Target, Rules.Protocol, Log, seed: 7, "test_next");
        _proxy.Use(Rules);
    }

    public ProxyWindow Open(params WireFault[] faults) =>
        Open([.. faults.Select(f => new ProxyFault { Action = ProxyAction.Wire, Wire = f })]);

    public IReadOnlyList<TraceEvent> Events(string type) =>
        [.. Enumerable.Range(0, Log.Count).Select(i => Log[i]).Where(e => e.Type == type)];

    public void Dispose() => _proxy.Dispose();
}
