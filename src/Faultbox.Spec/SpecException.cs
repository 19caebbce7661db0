namespace Faultbox.Spec;

/// <summary>
/// A mistake in a specification, described for its author. Builtins throw it; the call site adds position and traceback.
/// </summary>
internal sealed class SpecException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">What is wrong and what to write instead.</param>
    /// <param name="code">Diagnostic code; null for the code of the phase.</param>
    public SpecException(string message, string? code = null)
        : base(message) => Code = code;

    /// <summary>Diagnostic code, or null for the code of the phase.</summary>
    public string? Code { get; }
}
