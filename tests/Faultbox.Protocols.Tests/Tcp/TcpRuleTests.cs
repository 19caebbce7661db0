using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Faultbox.Core.Faults;
using Faultbox.Core.Matching;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Tests.Relay;

namespace Faultbox.Protocols.Tests.Tcp;

/// <summary>Rules on tcp: what they match, when, and what the client sees.</summary>
public sealed class TcpRuleTests : IDisposable
{
    private readonly RecordingPeer _peer = new(StreamProxyTests.EchoAsync);
    private readonly ProxiedPort _port;

    public TcpRuleTests() => _port = new ProxiedPort("tcp", "api", "worker").To(_peer.Port);

    [Fact]
    public void A_prefix_is_literal_text_and_decides_for_old_and_new_connections()
    {
        using var before = _port.Connect();
        _port.Open(Answer("ADMIN*", "star"), Answer("ADMIN", "denied\n"));
        using var after = _port.Connect();
        using var other = _port.Connect();
        before.Say("ADMIN x");
        after.Say("ADMIN x");
        other.Say("admin y");

        Assert.Equal("denied\n", Encoding.Latin1.GetString(before.Rest()));
        Assert.Equal("denied\n", Encoding.Latin1.GetString(after.Rest()));
        Assert.Equal("admin y", other.Text());
        Assert.Equal(["rule_drop", "rule_drop"], _port.Events("proxy_conn_close", 2).Select(e => e.Field("reason")));
    }

    [Fact]
    public void A_prefix_that_arrives_in_pieces_is_waited_for()
    {
        _port.Open(Answer("ADMIN", "denied\n"));
        using var client = _port.Connect();
        foreach (var letter in "ADMIN")
        {
            client.Say($"{letter}");
            Thread.Sleep(5);
        }

        Assert.Equal("denied\n", Encoding.Latin1.GetString(client.Rest()));
    }

    [Fact]
    public void Half_a_prefix_is_forwarded_after_a_moment_and_the_rest_still_matches()
    {
        _port.Open(Answer("ADMIN", "denied\n"));
        using var client = _port.Connect();
        client.Say("ADM");
        Assert.Equal("ADM", client.Text());
        client.Say("IN");

        Assert.Equal("denied\n", Encoding.Latin1.GetString(client.Rest()));
    }

    [Fact]
    public async Task Half_a_prefix_is_not_held_by_a_client_that_only_seems_to_send()
    {
        await using var harness = new RelayHarness("tcp", _peer.Port) { WrapClient = leg => new HastyLeg(leg) };
        harness.Open(Answer("ADMIN", "denied\n"));
        using var client = new TcpClient("127.0.0.1", harness.Port) { Client = { NoDelay = true, ReceiveTimeout = 60_000 } };
        client.Client.Say("ADM");
        Assert.Equal("ADM", client.Client.Text());
        client.Client.Say("IN");

        Assert.Equal("denied\n", Encoding.Latin1.GetString(client.Client.Rest()));
    }

    [Fact]
    public void The_beginning_of_a_connection_is_remembered_for_later_rules()
    {
        using var client = _port.Connect();
        client.Say("USER joe\n");
        client.Text();
        _port.Open(Answer("USER", "bye\n"));
        client.Say("next");

        Assert.Equal("bye\n", Encoding.Latin1.GetString(client.Rest()));
    }

    [Fact]
    public void Drop_ends_idle_connections_at_once()
    {
        using var silent = _port.Connect();
        using var user = _port.Connect();
        using var admin = _port.Connect();
        user.Say("USER");
        admin.Say("ADMIN");
        user.Text();
        admin.Text();

        _port.Open(Rule(ProxyAction.Drop, "USER"));
        Assert.Equal(0, user.Receive(new byte[1]));
        admin.Say("x");
        Assert.Equal("x", admin.Text());

        _port.Open(Rule(ProxyAction.Drop, null));
        Assert.Equal(0, admin.Receive(new byte[1]));
        Assert.Equal(0, silent.Receive(new byte[1]));
        using var late = _port.Connect();
        Assert.Equal(0, late.Receive(new byte[1]));
        Assert.Equal(4, _port.Events("proxy", 4).Count);
    }

    [Fact]
    public void An_idle_connection_is_no_message_unless_a_rule_drops_it()
    {
        using var idle = _port.Connect();
        idle.Say("USER");
        idle.Text();

        var window = _port.Open(Answer("ADMIN", "denied\n"), Rule(ProxyAction.Drop, "QUIT"));
        Assert.All(window.Rules, r => Assert.Equal((0L, 0L), (r.Seen, r.Matches)));
        idle.Say("x");
        Assert.Equal("x", idle.Text());
        Assert.All(window.Rules, r => Assert.Equal((1L, 0L), (r.Seen, r.Matches)));
        _port.Rules.Close(window);

        window = _port.Open(Rule(ProxyAction.Drop, "USER"));
        Assert.Equal(0, idle.Receive(new byte[1]));
        Assert.Equal((1L, 1L), (window.Rules[0].Seen, window.Rules[0].Matches));
    }

    [Theory]
    [InlineData(ProxyAction.Error, DropMode.Default)]
    [InlineData(ProxyAction.Drop, DropMode.Reset)]
    public void An_error_and_a_hard_drop_are_resets(ProxyAction action, DropMode mode)
    {
        _port.Open(Rule(action, "GET") with { DropMode = mode });
        using var client = _port.Connect();
        client.Say("GET");

        Assert.True(client.IsReset());
        var fired = Assert.Single(_port.Events("proxy", 1));
        Assert.Equal(("GET", "474554", "3"), (fired.Field("first_bytes"), fired.Field("first_hex"), fired.Field("size")));
    }

    [Fact]
    public void A_blackhole_holds_the_connection_until_the_window_ends()
    {
        var window = _port.Open(Rule(ProxyAction.Drop, "GET") with { DropMode = DropMode.Blackhole });
        using var client = _port.Connect();
        client.Say("GET");
        Assert.Single(_port.Events("proxy", 1));
        Assert.False(client.Poll(TimeSpan.FromMilliseconds(200), SelectMode.SelectRead));

        _port.Rules.Close(window);

        Assert.Equal(0, client.Receive(new byte[1]));
        Assert.Empty(_peer.Received);
    }

    [Fact]
    public void A_delay_holds_every_chunk_of_the_connection()
    {
        var window = _port.Open(Rule(ProxyAction.Delay, null) with { Delay = TimeSpan.FromMilliseconds(100) });
        var start = Stopwatch.GetTimestamp();
        using var client = _port.Connect();
        client.Say("a");
        client.Text();
        client.Say("b");
        client.Text();

        Assert.True(Stopwatch.GetElapsedTime(start) >= TimeSpan.FromMilliseconds(190));
        Assert.Equal(2, _port.Events("proxy", 2).Count);
        Assert.Equal((2L, 2L, 2L), (window.Rules[0].Seen, window.Rules[0].Matches, window.Rules[0].Fired));
    }

    [Fact]
    public void Text_in_a_chunk_is_matched_wherever_it_is()
    {
        var poison = new ProxyFault { Action = ProxyAction.Error, Matcher = new MessageMatcher { Body = "poison"u8.ToArray() } };
        var window = _port.Open(poison with { Trigger = new Trigger(TriggerKind.Nth, 2) });
        using var client = _port.Connect();
        client.Say("water");
        Assert.Equal("water", client.Text());
        client.Say("poison");
        Assert.Equal("poison", client.Text());
        client.Say("with poison in it");

        Assert.True(client.IsReset());
        Assert.Equal((3L, 2L, 1L), (window.Rules[0].Seen, window.Rules[0].Matches, window.Rules[0].Fired));
    }

    [Fact]
    public void A_source_limits_a_rule_to_its_traffic()
    {
        _port.Open(Rule(ProxyAction.Drop, null) with { Source = "worker" });
        using var api = _port.Connect("api");
        using var worker = _port.Connect("worker");
        using var unknown = _port.Connect();
        api.Say("a");
        unknown.Say("u");

        Assert.Equal("a", api.Text());
        Assert.Equal("u", unknown.Text());
        Assert.Equal(0, worker.Receive(new byte[1]));
    }

    [Fact]
    public void Occurrences_count_connections()
    {
        _port.Open(Rule(ProxyAction.Drop, "x") with { Trigger = new Trigger(TriggerKind.Nth, 2) });
        var ends = new List<bool>();
        for (var i = 0; i < 3; i++)
        {
            using var client = _port.Connect();
            client.Say("x");
            ends.Add(client.Receive(new byte[1]) == 0);
        }

        Assert.Equal([false, true, false], ends);
        var rule = Assert.Single(_port.Rules.MessageRules);
        Assert.Equal((3L, 3L, 1L), (rule.Seen, rule.Matches, rule.Fired));
    }

    [Fact]
    public void A_server_that_speaks_first_is_heard_whatever_prefixes_are_waited_for()
    {
        using var banner = new RecordingPeer(async (socket, _) =>
        {
            await socket.SendAsync("220 hello\r\n"u8.ToArray());
            await socket.ReceiveAsync(new byte[1]);
        });
        using var port = new ProxiedPort().To(banner.Port);
        port.Open(Answer("QUIT", "no"));
        using var client = port.Connect();

        Assert.Equal("220 hello\r\n", client.Text());
    }

    public void Dispose()
    {
        _port.Dispose();
        _peer.Dispose();
    }

    private static ProxyFault Answer(string prefix, string body) =>
        Rule(ProxyAction.Respond, prefix) with { Body = Encoding.Latin1.GetBytes(body) };

    private static ProxyFault Rule(ProxyAction action, string? prefix) => new()
    {
        Action = action,
        Matcher = new MessageMatcher { Method = prefix is null ? null : new MessageGlob(prefix) },
    };
}
