namespace Starlark.Tool;

/// <summary>Arguments that do not fit; the message says which and why.</summary>
internal sealed class UsageException(string message) : Exception(message);
