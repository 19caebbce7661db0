namespace Faultbox.Runtime.Services;

/// <summary>Services could not be started; the message is the cause that the verdict names.</summary>
internal sealed class StartException : Exception
{
    /// <summary>Creates the error.</summary>
    public StartException(string? code, string message, string? service = null)
        : base(message)
    {
        Code = code;
        Service = service;
    }

    /// <summary>Diagnostic code; null when the cause has none.</summary>
    public string? Code { get; }

    /// <summary>Service concerned; null when none is.</summary>
    public string? Service { get; }

    /// <summary>Further lines for the user, such as the last output of the service.</summary>
    public string? Detail { get; init; }
}
