namespace Faultbox.Cli.Inspection;

/// <summary>An <c>inspect</c> command line, checked.</summary>
/// <param name="Bundle">Path of the bundle.</param>
/// <param name="Entry">Entry to print, or null.</param>
/// <param name="ExtractTo">Directory for all entries, or null.</param>
/// <param name="Json">Summary as JSON.</param>
/// <param name="Verify">Check hashes.</param>
internal sealed record InspectArguments(string Bundle, string? Entry, string? ExtractTo, bool Json, bool Verify);
