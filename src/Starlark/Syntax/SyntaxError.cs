namespace Starlark;

/// <summary>One static error; prints as <c>file:line:col: message</c>.</summary>
public sealed record SyntaxError(SourcePosition Position, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Position}: {Message}";
}

/// <summary>A source that cannot be compiled, with every static error found (the first 20, in position order).</summary>
public sealed class SyntaxErrorException : Exception
{
    internal const int Reported = 20;

    /// <summary>Sorts the errors and keeps the first 20.</summary>
    public SyntaxErrorException(IEnumerable<SyntaxError> errors)
        : this(errors.OrderBy(e => e.Position.Line).ThenBy(e => e.Position.Column).Take(Reported).ToArray())
    {
    }

    private SyntaxErrorException(SyntaxError[] errors)
        : base(string.Join('\n', errors.Select(e => e.ToString()))) => Errors = errors;

    /// <summary>The errors in position order.</summary>
    public IReadOnlyList<SyntaxError> Errors { get; }
}
