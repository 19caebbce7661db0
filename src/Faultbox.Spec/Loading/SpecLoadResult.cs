using System.Diagnostics.CodeAnalysis;
using Faultbox.Core;
using Faultbox.Core.Diagnostics;
using Faultbox.Core.Verdicts;
using Faultbox.Runtime;

namespace Faultbox.Spec.Loading;

/// <summary>A loaded specification, or why it could not be loaded.</summary>
public sealed class SpecLoadResult
{
    internal SpecLoadResult(SpecModel? model, SpecLoadError? error)
    {
        Model = model;
        Error = error;
    }

    /// <summary>The specification; null when loading failed.</summary>
    public SpecModel? Model { get; }

    /// <summary>Why loading failed; null when it did not.</summary>
    public SpecLoadError? Error { get; }

    /// <summary>True when the specification was loaded.</summary>
    [MemberNotNullWhen(true, nameof(Model))]
    [MemberNotNullWhen(false, nameof(Error))]
    public bool Succeeded => Error is null;
}

/// <summary>Why a specification could not be loaded.</summary>
public sealed record SpecLoadError
{
    /// <summary>Diagnostic code; null when the file itself could not be read.</summary>
    public required string? Code { get; init; }

    /// <summary>
    /// What is wrong, beginning with <c>load &lt;path as given&gt;: </c>. Several syntax errors are one per line, in position order.
    /// </summary>
    public required string Message { get; init; }

    /// <summary>Lines that show where a running module was, as the language writes them; null for errors found before anything ran.</summary>
    public string? Traceback { get; init; }

    /// <summary>What the reader should do next; null without a code.</summary>
    public string? Suggestion => Code is null ? null : DiagnosticCodes.SuggestionFor(Code);

    /// <summary>Every error with its place.</summary>
    public required IReadOnlyList<SpecLoadFinding> Findings { get; init; }

    /// <summary>Findings made before the error.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics { get; init; } = [];

    /// <summary>Files read before the error.</summary>
    public IReadOnlyList<CapturedFile> Files { get; init; } = [];

    /// <summary>Lines printed before the error.</summary>
    public string Prints { get; init; } = "";
}

/// <summary>One error of a specification.</summary>
/// <param name="Position">Where it is; null when it has no place.</param>
/// <param name="Message">What is wrong, without position.</param>
public sealed record SpecLoadFinding(SourcePosition? Position, string Message);
