using Faultbox.Core;
using Faultbox.Core.Diagnostics;

namespace Faultbox.Spec.Files;

/// <summary>A file that exists.</summary>
/// <param name="AbsolutePath">Where it was found.</param>
/// <param name="RealPath">The same after following every link.</param>
/// <param name="PathAsWritten">How the specification named it.</param>
/// <param name="Alternative">Another file the same text could mean, or null.</param>
internal sealed record LocatedFile(string AbsolutePath, string RealPath, string PathAsWritten, string? Alternative)
{
    /// <summary>The finding that the text could mean another file; null when it could not.</summary>
    public Diagnostic? AmbiguityAt(SourcePosition position) => Alternative is null ? null : new Diagnostic(
        "LOAD_PATH_AMBIGUOUS", $"\"{PathAsWritten}\" is {AbsolutePath} and could also be {Alternative}; the first one is used")
    {
        Position = position,
    };
}
