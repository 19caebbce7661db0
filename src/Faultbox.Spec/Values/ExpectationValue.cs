using Faultbox.Spec.Execution;
using Starlark;

namespace Faultbox.Spec.Values;

/// <summary>What the probe of a scenario did.</summary>
/// <param name="Value">What it returned; <c>None</c> when it did not return.</param>
/// <param name="Duration">How long it took; null when that is not known.</param>
/// <param name="MissedDeadline">The deadline that ended it; null when it returned.</param>
internal readonly record struct ProbeResult(Value Value, TimeSpan? Duration = null, TimeSpan? MissedDeadline = null);

/// <summary>Says why the result of a probe is not as expected; null when it is.</summary>
internal delegate string? Objection(in ProbeResult result);

/// <summary>The value of <c>expect_success()</c> and its like: called with the result of a probe, it raises unless the result is as expected.</summary>
internal sealed class ExpectationValue(string name, string call, Core.SourcePosition position, Objection objection) : StarlarkCallable
{
    private readonly Signature _signature = new($"{name}()", Parameter.PositionOnly("result"));

    /// <inheritdoc/>
    public override string Name => name;

    /// <summary>Where it was made.</summary>
    public Core.SourcePosition MadeAt => position;

    /// <summary>True when a probe that does not return is what is expected.</summary>
    public bool ExpectsHang { get; init; }

    /// <inheritdoc/>
    public override string TypeName => "expectation";

    /// <inheritdoc/>
    public override bool IsFrozen => true;

    /// <summary>Why a result is not as expected, beginning with the call as written; null when it is.</summary>
    public string? Objects(in ProbeResult result) => objection(result) is { } why ? $"{call}: {why}" : null;

    /// <inheritdoc/>
    public override Value Call(StarlarkThread thread, in Arguments args)
    {
        var bound = _signature.Bind(args);
        SpecScope.Of(thread).Session?.CountAssertion();
        return Objects(new ProbeResult(bound[0])) is { } message ? throw new EvalException(message) { Builtin = name } : Value.None;
    }

    /// <inheritdoc/>
    public override void WriteRepr(ReprWriter w) => w.Write($"<{call}>");
}
