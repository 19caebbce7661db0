using System.Net;
using System.Net.Sockets;
using System.Text;
using Faultbox.Core.Faults;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Tests.Relay;

namespace Faultbox.Protocols.Tests.Udp;

/// <summary>Faults on datagrams between raw sockets: what the service receives.</summary>
public sealed class DatagramFaultTests : IDisposable
{
    private readonly Socket _server = Open();
    private readonly Socket _client = Open();
    private readonly ProxyFixture _proxy;

    public DatagramFaultTests()
    {
        _server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _proxy = new ProxyFixture("udp", ((IPEndPoint)_server.LocalEndPoint!).Port);
        _client.Connect(IPAddress.Loopback, _proxy.Port);
    }

    public void Dispose()
    {
        _client.Dispose();
        _proxy.Dispose();
        _server.Dispose();
    }

    [Fact]
    public void A_reordered_datagram_is_passed_by_those_after_it()
    {
        Fault(new DatagramReorder(2), new Trigger(TriggerKind.Nth, 1));

        Send("1", "2", "3", "4");

        Assert.Equal(["2", "3", "1", "4"], Receive(4));
        var acted = Assert.Single(_proxy.Events("proxy"));
        Assert.Equal("action=reorder protocol=udp size=1", string.Join(' ', acted.Fields.Take(3).Select(f => $"{f.Name}={f.Value}")));
    }

    [Fact]
    public void A_reordered_datagram_that_none_follows_arrives_all_the_same()
    {
        Fault(new DatagramReorder(3), Trigger.Always);

        Send("alone");

        Assert.Equal(["alone"], Receive(1));
    }

    [Fact]
    public void Datagrams_are_reordered_also_when_the_rule_covers_them_all()
    {
        var window = _proxy.Open(new ProxyFault { Action = ProxyAction.Datagram, Datagram = new DatagramReorder(1) });

        Send("1", "2", "3", "4");

        Assert.Equal(["2", "1", "4", "3"], Receive(4));
        Assert.Equal(2, _proxy.Events("proxy").Count);
        var rule = Assert.Single(window.Rules);
        Assert.Equal((4, 2, 2), (rule.Matches, rule.Fired, rule.WithoutEffect));
    }

    [Fact]
    public void Rules_with_one_label_draw_apart_from_each_other()
    {
        List<string> Lost() => LossOf(new ProxyFault { Action = ProxyAction.Drop, Probability = 0.5, Label = "loss" });

        var first = Lost();

        Assert.NotEqual(first, Lost());
    }

    [Fact]
    public void A_datagram_that_is_short_enough_is_not_truncated_and_the_rule_has_not_fired()
    {
        var window = _proxy.Open(new ProxyFault { Action = ProxyAction.Datagram, Datagram = new DatagramTruncate(3) });

        Send("abc", "ab", "abcd");

        Assert.Equal(["abc", "ab", "abc"], Receive(3));
        Assert.Single(_proxy.Events("proxy"));
        var rule = Assert.Single(window.Rules);
        Assert.Equal((3, 1, 2), (rule.Matches, rule.Fired, rule.WithoutEffect));
    }

    [Fact]
    public void A_duplicated_datagram_arrives_as_often_as_it_says()
    {
        Fault(new DatagramDuplicate(3), new Trigger(TriggerKind.Nth, 2));

        Send("a", "b", "c");

        Assert.Equal(["a", "b", "b", "b", "c"], Receive(5));
    }

    [Fact]
    public void A_truncated_datagram_is_its_beginning()
    {
        Fault(new DatagramTruncate(3), Trigger.Always);

        Send("abcdef", "xy");

        Assert.Equal(["abc", "xy"], Receive(2));
    }

    [Theory]
    [InlineData(CorruptionKind.Flip)]
    [InlineData(CorruptionKind.Zero)]
    [InlineData(CorruptionKind.Random)]
    public void A_corrupted_datagram_has_one_other_byte_and_the_seed_repeats_it(CorruptionKind kind)
    {
        var first = Corrupted(kind);
        using var again = new DatagramFaultTests();

        Assert.Equal(first, again.Corrupted(kind));
        Assert.All(first, text => Assert.Equal(1, text.Zip("abcdefgh").Count(p => p.First != p.Second)));
        Assert.True(first.Distinct().Count() > 1);
    }

    [Fact]
    public void A_late_datagram_is_overtaken()
    {
        Fault(new DatagramLatency(TimeSpan.FromMilliseconds(300), TimeSpan.FromMilliseconds(50)), new Trigger(TriggerKind.Nth, 1));

        Send("late", "early");

        Assert.Equal(["early", "late"], Receive(2));
    }

    /// <summary>Which of many datagrams come through a window; the last one is sent after it.</summary>
    private List<string> LossOf(ProxyFault fault)
    {
        var window = _proxy.Open(fault);
        Send([.. Enumerable.Range(0, 40).Select(i => $"{i}")]);
        Assert.True(SpinWait.SpinUntil(() => window.Rules[0].Matches == 40, TimeSpan.FromSeconds(20)));
        _proxy.Rules.Close(window);
        Send("end");
        List<string> arrived = [];
        do
        {
            arrived.AddRange(Receive(1));
        }
        while (arrived[^1] != "end");
        return arrived;
    }

    private List<string> Corrupted(CorruptionKind kind)
    {
        Fault(new DatagramCorrupt(kind), Trigger.Always);
        Send([.. Enumerable.Repeat("abcdefgh", 20)]);
        return Receive(20);
    }

    private void Fault(DatagramFault fault, Trigger trigger) =>
        _proxy.Open(new ProxyFault { Action = ProxyAction.Datagram, Datagram = fault, Trigger = trigger });

    private void Send(params string[] datagrams)
    {
        foreach (var datagram in datagrams)
        {
            _client.Send(Encoding.Latin1.GetBytes(datagram));
        }
    }

    private List<string> Receive(int count)
    {
        var buffer = new byte[100];
        return [.. Enumerable.Range(0, count).Select(_ => Encoding.Latin1.GetString(buffer, 0, _server.Receive(buffer)))];
    }

    private static Socket Open() => new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 20_000 };
}
