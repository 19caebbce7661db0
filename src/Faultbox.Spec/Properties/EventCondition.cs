using Faultbox.Core.Matching;
using Faultbox.Spec.Registry;
using Faultbox.Spec.Values;
using Starlark;

namespace Faultbox.Spec.Properties;

/// <summary>What may stand where events are selected: a matcher, or a callable that gets the event. Exactly one is set.</summary>
/// <param name="Matcher">The matcher, or null.</param>
/// <param name="Callable">The callable, or null.</param>
internal readonly record struct EventCondition(EventMatcher? Matcher, StarlarkCallable? Callable)
{
    /// <summary>Reads an argument.</summary>
    /// <exception cref="SpecException">It is neither.</exception>
    public static EventCondition Of(in BuiltinCall call, string parameter) => TryRead(call[parameter], out var condition)
        ? condition
        : throw call.Error($"{parameter}: expected matcher or callable, got {call[parameter].TypeName}");

    /// <summary>Reads a value; false when it is neither.</summary>
    public static bool TryRead(Value value, out EventCondition condition)
    {
        if (value.Is<MatcherValue>(out var matcher))
        {
            condition = new(matcher.Matcher, null);
            return true;
        }

        value.Is<StarlarkCallable>(out var callable);
        condition = new(null, callable);
        return callable is not null;
    }
}
