using Faultbox.Core.Events;
using Faultbox.Core.Matching;
using Faultbox.Core.Proxying;
using Faultbox.Core.Topology;

namespace Faultbox.Core.Tests.Proxying;

/// <summary>What a rule that matched nothing is told about the messages that there were.</summary>
public class SeenMessagesTests
{
    [Theory]
    [InlineData("GET", "/x", "GET /x")]
    [InlineData("/acme.Ledger/Post", "/acme.Ledger/Post", "/acme.Ledger/Post")]
    public void A_message_is_named_by_its_parts_and_a_call_once(string method, string path, string seen)
    {
        var rules = new InterfaceRules(new InterfaceAddress("up", "web"), "http", new EventLog(TimeProvider.System), seed: 7, "test_seen");
        var rule = Assert.Single(rules.Open(
            [new ProxyRule(new ProxyFault { Action = ProxyAction.Drop, Matcher = new MessageMatcher { Path = new MessageGlob("/other") } }, new SourcePosition("x.star", 1, 1))]).Rules);

        rules.Evaluate(new ProxyMessage { Method = method, Path = path, Direction = TrafficDirection.ClientToServer });

        Assert.Equal([KeyValuePair.Create(seen, 1L)], rule.SeenMessages);
    }
}
