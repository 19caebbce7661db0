namespace Faultbox.Linux.Seccomp;

/// <summary>Why a listener ended.</summary>
/// <param name="Failure">Null when the service ended or the listener was stopped; otherwise what went wrong.</param>
public readonly record struct ListenerEnd(string? Failure);
