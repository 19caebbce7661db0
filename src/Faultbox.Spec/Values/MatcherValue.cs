using Faultbox.Core.Matching;

namespace Faultbox.Spec.Values;

/// <summary>The value of <c>match.event()</c> and its like.</summary>
/// <param name="matcher">The matcher.</param>
internal sealed class MatcherValue(EventMatcher matcher) : SpecValue
{
    /// <summary>The matcher.</summary>
    public EventMatcher Matcher => matcher;

    /// <inheritdoc/>
    public override string TypeName => "matcher";

    /// <inheritdoc/>
    protected override string Description => $"matcher {matcher}";
}
