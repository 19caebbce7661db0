using Faultbox.Core.Verdicts;

namespace Faultbox.Reporting.Json;

/// <summary>Words of typed failure causes.</summary>
internal static class FailureTypes
{
    /// <summary>The word of a cause; null when there was no failure.</summary>
    public static string? Word(FailureType type) => type switch
    {
        FailureType.None => null,
        FailureType.Assertion => "assertion",
        FailureType.Timeout => "timeout",
        FailureType.ServiceStart => "service_start",
        FailureType.Setup => "setup",
        FailureType.Monitor => "monitor",
        FailureType.Determinism => "determinism",
        _ => "error",
    };
}
