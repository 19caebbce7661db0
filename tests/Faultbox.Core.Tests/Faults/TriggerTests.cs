using Faultbox.Core.Faults;

namespace Faultbox.Core.Tests.Faults;

public class TriggerTests
{
    [Theory]
    [InlineData(TriggerKind.Always, 0, new[] { 1, 2, 3, 4, 5, 6 })]
    [InlineData(TriggerKind.Nth, 3, new[] { 3 })]
    [InlineData(TriggerKind.After, 2, new[] { 3, 4, 5, 6 })]
    [InlineData(TriggerKind.Every, 2, new[] { 2, 4, 6 })]
    [InlineData(TriggerKind.First, 2, new[] { 1, 2 })]
    public void A_trigger_is_due_for_the_matches_it_names(TriggerKind kind, long count, int[] due) =>
        Assert.Equal(due, Enumerable.Range(1, 6).Where(match => new Trigger(kind, count).IsDue(match)));
}
