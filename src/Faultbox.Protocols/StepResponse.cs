using System.Text;

namespace Faultbox.Protocols;

/// <summary>How a step went.</summary>
public sealed record StepResponse
{
    /// <summary>Protocol status, 0 when there is none.</summary>
    public int Status { get; init; }

    /// <summary>Body as received.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>What was received when <see cref="Body"/> is a reading of it; null when the body itself is.</summary>
    public ReadOnlyMemory<byte>? Raw { get; init; }

    /// <summary>
    /// The answer as values, of the kinds that <see cref="StepRequest.Arguments"/> has; null when it is the body read as JSON.
    /// </summary>
    public IReadOnlyList<KeyValuePair<string, object?>>? Data { get; init; }

    /// <summary>True when the exchange completed; an HTTP 500 is a completed exchange.</summary>
    public required bool Success { get; init; }

    /// <summary>Why the exchange did not complete; empty when it did.</summary>
    public string Error { get; init; } = "";

    /// <summary>True when the specification receives the body as a string and a failure is raised; false when it receives the whole response.</summary>
    public bool IsText { get; init; }

    /// <summary>Wall time.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Response headers in wire order, names in lower case, repeated values joined by a comma and a space.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Fields after the body, names in lower case.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Trailers { get; init; } = [];

    /// <summary>Protocol specific facts, for example <c>content_type</c>.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Fields { get; init; } = [];

    /// <summary>Body as text with outer white space removed.</summary>
    public string Text => Encoding.UTF8.GetString(Body.Span).Trim();
}
