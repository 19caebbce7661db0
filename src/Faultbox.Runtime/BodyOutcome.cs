using Faultbox.Core;
using Faultbox.Core.Verdicts;

namespace Faultbox.Runtime;

/// <summary>How a test body ended.</summary>
public sealed record BodyOutcome
{
    /// <summary>True when the body raised an error.</summary>
    public bool Raised { get; init; }

    /// <summary>Text of the error; null when nothing was raised.</summary>
    public string? Message { get; init; }

    /// <summary>Typed cause of the error.</summary>
    public FailureType FailureType { get; init; }

    /// <summary>True when the error is the judgement of a scenario's result, not a mistake on the way to it.</summary>
    public bool ExpectationViolated { get; init; }

    /// <summary>Specification frames of the error, outermost first.</summary>
    public IReadOnlyList<SourceFrame> Traceback { get; init; } = [];

    /// <summary>Text of the returned value; null for <c>None</c>.</summary>
    public string? ReturnValue { get; init; }

    /// <summary>True when the body ended because the session was cancelled.</summary>
    public bool Cancelled { get; init; }

    /// <summary>Host stack of a defect in Faultbox itself; null otherwise.</summary>
    public string? InternalStack { get; init; }

    /// <summary>The body returned without a value.</summary>
    public static BodyOutcome Completed { get; } = new();
}
