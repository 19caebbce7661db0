using Faultbox.Core.Diagnostics;

namespace Faultbox.Cli.Output;

/// <summary>One diagnostic as terminal lines.</summary>
internal static class DiagnosticText
{
    /// <summary>Writes <c>LEVEL: [CODE] test: message</c> and the suggestion below it.</summary>
    public static void Write(TextWriter output, TerminalStyle style, Diagnostic diagnostic, string? test) =>
        Write(output, style, diagnostic, test, diagnostic.Message);

    /// <summary>Writes <c>LEVEL: [CODE] file:line:col: message</c> and the suggestion below it.</summary>
    public static void WriteWithPlace(TextWriter output, TerminalStyle style, Diagnostic diagnostic) =>
        Write(output, style, diagnostic, null, diagnostic.Position is { } place ? $"{place}: {diagnostic.Message}" : diagnostic.Message);

    private static void Write(TextWriter output, TerminalStyle style, Diagnostic diagnostic, string? test, string message)
    {
        var level = diagnostic.Level switch
        {
            DiagnosticLevel.Error => style.Bad("ERROR"),
            DiagnosticLevel.Warning => style.Doubtful("WARNING"),
            _ => "INFO",
        };
        var place = test is null ? "" : $" {test}:";
        output.WriteLine($"{level}: [{diagnostic.Code}]{place} {ForeignText.PrintableLines(message)}");
        output.WriteLine($"  {diagnostic.Suggestion}");
    }
}
