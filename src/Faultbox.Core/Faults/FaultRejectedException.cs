namespace Faultbox.Core.Faults;

/// <summary>A rule that could never act as written; the message is for the author of the specification.</summary>
public sealed class FaultRejectedException(string message) : Exception(message);
