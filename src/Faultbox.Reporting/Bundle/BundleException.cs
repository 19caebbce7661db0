namespace Faultbox.Reporting.Bundle;

/// <summary>A bundle that cannot be read or written; the message names the file and says what to do.</summary>
public sealed class BundleException : Exception
{
    /// <summary>Creates the error.</summary>
    public BundleException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
