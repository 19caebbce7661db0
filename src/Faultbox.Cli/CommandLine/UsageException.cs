namespace Faultbox.Cli.CommandLine;

/// <summary>A command line that cannot be carried out; the message names the token and what is accepted.</summary>
internal sealed class UsageException(string message) : Exception(message);
