using System.Net;
using System.Net.Sockets;
using Faultbox.Core;
using Faultbox.Core.Events;
using Faultbox.Core.Proxying;
using Faultbox.Core.Topology;
using Faultbox.Protocols.Polling;
using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Tests.Relay;

/// <summary>A listener that relays every connection to one upstream port with the relay of a protocol, on real sockets.</summary>
internal sealed class RelayHarness : IRuleSource, IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly IConnectionRelay _relay;
    private readonly int _upstream;
    private readonly List<Task> _connections = [];
    private readonly Task _accepting;
    private int _accepted;

    public RelayHarness(string protocol, int upstream)
        : this(protocol, ProtocolRegistry.Find(protocol)!.Proxy!.Connections!, upstream)
    {
    }

    public RelayHarness(string protocol, IConnectionRelay relay, int upstream)
    {
        _relay = relay;
        _upstream = upstream;
        Current = new InterfaceRules(new InterfaceAddress("up", "web"), protocol, Log, seed: 7, "test_relay");
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public EventLog Log { get; } = new(TimeProvider.System);

    public InterfaceRules Current { get; }

    /// <summary>What the relay gets in place of the client's socket.</summary>
    public Func<Leg, Leg> WrapClient { get; init; } = leg => leg;

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public ProxyWindow Open(params ProxyFault[] faults) =>
        Current.Open([.. faults.Select(f => new ProxyRule(f, new SourcePosition("test.star", 1, 1)))]);

    /// <summary>Fields of the events of a type, in order.</summary>
    public IReadOnlyList<TraceEvent> Events(string type) =>
        [.. Enumerable.Range(0, Log.Count).Select(i => Log[i]).Where(e => e.Type == type)];

    /// <summary>Completes when every connection so far is over.</summary>
    public Task IdleAsync() => Task.WhenAll([.. _connections]);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        _listener.Stop();
        await Task.WhenAll(_connections);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync(_stop.Token);
                _connections.Add(ServeAsync(client, $"{++_accepted:x8}"));
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task ServeAsync(Socket client, string id)
    {
        var upstream = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await upstream.ConnectAsync(IPAddress.Loopback, _upstream);
        }
        catch (SocketException)
        {
            new SocketLeg(client, EventLoop.Next).Reset();
            return;
        }

        var connection = new ProxyConnection(
            this, id, "shop", $"127.0.0.1:{_upstream}", WrapClient(new SocketLeg(client, EventLoop.Next)), new SocketLeg(upstream, EventLoop.Next));
        var end = await _relay.RelayAsync(connection, _stop.Token);

        // The relay ends on the thread of its event loop; the tests that go on from here may block theirs.
        await Task.Yield();
        if (end.Reset)
        {
            connection.Client.Reset();
            connection.Upstream.Reset();
        }

        connection.Client.Dispose();
        connection.Upstream.Dispose();
    }

    InterfaceRules? IRuleSource.Current => Current;
}
