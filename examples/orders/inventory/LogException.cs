namespace Inventory;

/// <summary>The log did not do what it was asked for.</summary>
/// <param name="code">The errno name of the failed call, as in <c>ENOSPC</c>, or <see cref="ReadOnly"/>.</param>
/// <param name="message">What failed, for the client and the operator.</param>
internal sealed class LogException(string code, string message) : Exception(message)
{
    /// <summary>The code of a log that takes no more changes until the service is restarted.</summary>
    public const string ReadOnly = "EREADONLY";

    /// <summary>The error code of the reply.</summary>
    public string Code { get; } = code;

    /// <summary>The same for a failed file operation.</summary>
    public static LogException From(Exception failure, string message) => new(Errno.NameOf(failure), message);
}
