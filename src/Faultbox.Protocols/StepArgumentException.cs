namespace Faultbox.Protocols;

/// <summary>A keyword of a step has a value that cannot be used: an error of the specification, not of the exchange.</summary>
/// <param name="message">The keyword, what it must be, and what it was.</param>
public sealed class StepArgumentException(string message) : Exception(message);
