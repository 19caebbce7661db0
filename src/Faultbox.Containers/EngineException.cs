using System.Net;

namespace Faultbox.Containers;

/// <summary>The container engine is not reachable or refused a request; the message is the engine's own.</summary>
public sealed class EngineException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">What the engine or the system said.</param>
    /// <param name="status">Status of the reply; null when there was none.</param>
    public EngineException(string message, HttpStatusCode? status = null)
        : base(message) => Status = status;

    /// <summary>Status of the engine's reply; null when there was none.</summary>
    public HttpStatusCode? Status { get; }
}
