using Faultbox.Core.Topology;
using static Faultbox.Core.Tests.Topology.Declared;

namespace Faultbox.Core.Tests.Topology;

public class StartOrderTests
{
    [Fact]
    public void Services_start_after_what_they_depend_on_and_by_name_otherwise()
    {
        var order = StartOrder.Of([Service("web", after: ["api"]), Service("db"), Service("api", after: ["db", "cache"]), Service("cache"), Service("aux")]);

        Assert.Equal([["aux", "cache", "db"], ["api"], ["web"]], order.Levels.Select(l => l.Select(s => s.Name).ToArray()));
        Assert.Empty(order.Findings);
    }

    [Fact]
    public void The_order_does_not_depend_on_the_order_of_declaration()
    {
        var random = new Random(3);
        var services = Enumerable.Range(0, 12)
            .Select(i => Service($"s{i:00}", after: [.. Enumerable.Range(0, i).Where(_ => random.Next(4) == 0).Select(j => $"s{j:00}")]))
            .ToArray();
        var expected = StartOrder.Of(services).Services.Select(s => s.Name).ToList();

        for (var i = 0; i < 50; i++)
        {
            random.Shuffle(services);
            Assert.Equal(expected, StartOrder.Of(services).Services.Select(s => s.Name));
        }
    }

    [Fact]
    public void An_unknown_dependency_is_named_with_its_nearest_match()
    {
        var finding = Assert.Single(StartOrder.Of([Service("api", after: ["ledgr"]), Service("ledger")]).Findings);

        Assert.Contains("\"ledgr\"", finding.Message, StringComparison.Ordinal);
        Assert.Contains("did you mean \"ledger\"", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cycle_is_shown_whole_and_without_its_bystanders()
    {
        var finding = Assert.Single(StartOrder.Of(
            [Service("a", after: ["b"]), Service("b", after: ["c"]), Service("c", after: ["b"]), Service("d", after: ["a"])]).Findings);

        Assert.Contains("b → c → b", finding.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("a →", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_service_that_depends_on_itself_is_a_cycle() =>
        Assert.Contains("a → a", Assert.Single(StartOrder.Of([Service("a", after: ["a"])]).Findings).Message, StringComparison.Ordinal);
}
