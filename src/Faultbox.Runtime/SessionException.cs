namespace Faultbox.Runtime;

/// <summary>An action of a test body that cannot be done; the message is for the author of the specification.</summary>
public sealed class SessionException : Exception
{
    /// <summary>Creates the error.</summary>
    public SessionException(string message)
        : base(message)
    {
    }
}
