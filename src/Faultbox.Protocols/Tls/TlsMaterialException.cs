namespace Faultbox.Protocols.Tls;

/// <summary>A certificate or key file cannot be used.</summary>
/// <param name="message">The field, the path and what is wrong.</param>
public sealed class TlsMaterialException(string message) : Exception(message);
