namespace Faultbox.Core.Diagnostics;

/// <summary>How serious a diagnostic is.</summary>
public enum DiagnosticLevel
{
    /// <summary>Shown in JSON only.</summary>
    Info,

    /// <summary>Shown on the terminal.</summary>
    Warning,

    /// <summary>Shown on the terminal.</summary>
    Error,
}

/// <summary>A finding with a stable code; text may change, codes never do.</summary>
/// <param name="Code">Stable code from <see cref="DiagnosticCodes"/>.</param>
/// <param name="Message">What was found.</param>
public sealed record Diagnostic(string Code, string Message)
{
    /// <summary>Seriousness; the code's own level unless it was raised or lowered.</summary>
    public DiagnosticLevel Level { get; init; } = DiagnosticCodes.LevelOf(Code);

    /// <summary>What the reader should do next.</summary>
    public string Suggestion { get; init; } = DiagnosticCodes.SuggestionFor(Code);

    /// <summary>Service concerned, if any.</summary>
    public string? Service { get; init; }

    /// <summary>Call or keyword concerned, if any.</summary>
    public string? Syscall { get; init; }

    /// <summary>Place in the specification, if known.</summary>
    public SourcePosition? Position { get; init; }
}

/// <summary>An error with a diagnostic code, raised where the failure is known.</summary>
public sealed class CodedException : Exception
{
    /// <summary>Creates the error.</summary>
    public CodedException(string code, string message, Exception? inner = null)
        : base(message, inner) => Code = code;

    /// <summary>Stable code.</summary>
    public string Code { get; }

    /// <summary>More lines for the user, such as the last output of a service; null when there are none.</summary>
    public string? Detail { get; init; }
}
