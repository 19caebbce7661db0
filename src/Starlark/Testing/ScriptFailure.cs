namespace Starlark.Testing;

/// <summary>A check of a script that did not hold.</summary>
/// <param name="Position">Where it is.</param>
/// <param name="Message">What is wrong.</param>
public sealed record ScriptFailure(SourcePosition Position, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Position}: {Message}";
}

/// <summary>The outcome of a self-checking script.</summary>
/// <param name="Passed">Number of checks that held.</param>
/// <param name="Failures">Checks that did not, in the order they were met.</param>
public sealed record ScriptReport(int Passed, IReadOnlyList<ScriptFailure> Failures);
