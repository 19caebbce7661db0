namespace Inventory;

/// <summary>A record could not be made durable.</summary>
/// <param name="code">The errno name, as in <c>ENOSPC</c>.</param>
/// <param name="message">What failed, for the client.</param>
internal sealed class LogException(string code, string message) : Exception(message)
{
    /// <summary>The errno name.</summary>
    public string Code { get; } = code;
}
