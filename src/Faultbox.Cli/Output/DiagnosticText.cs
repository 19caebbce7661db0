using Faultbox.Core.Diagnostics;

namespace Faultbox.Cli.Output;

/// <summary>One diagnostic as terminal lines.</summary>
internal static class DiagnosticText
{
    /// <summary>Writes <c>LEVEL: [CODE] test: message</c> and the suggestion below it.</summary>
    public static void Write(TextWriter output, TerminalStyle style, Diagnostic diagnostic, string? test)
    {
        var level = diagnostic.Level switch
        {
            DiagnosticLevel.Error => style.Bad("ERROR"),
            DiagnosticLevel.Warning => style.Doubtful("WARNING"),
            _ => "INFO",
        };
        var place = test is null ? "" : $" {test}:";
        output.WriteLine($"{level}: [{diagnostic.Code}]{place} {diagnostic.Message}");
        output.WriteLine($"  {diagnostic.Suggestion}");
    }
}
