using Faultbox.Core.Events;
using Faultbox.Core.Faults;

namespace Faultbox.Core.Tests.Events;

public sealed class FaultedCallsTests
{
    public static TheoryData<DecisionKind> Kinds => [.. Enum.GetValues<DecisionKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_decision_is_faulted_exactly_when_its_text_is(DecisionKind kind)
    {
        var text = SyscallText.Of(new Decision(kind, 5, TimeSpan.FromMilliseconds(1), null, 0));

        Assert.Equal(FaultedCalls.IsFaulted(text), FaultedCalls.IsFaulted(kind));
    }
}
