using System.Globalization;
using Faultbox.Core.Proxying;

namespace Faultbox.Protocols.Http;

/// <summary>The statuses that a rule can answer with.</summary>
internal static class HttpStatus
{
    /// <summary>What is wrong with the status of a rule; null when nothing is. Interim answers are none that a client takes for the last one.</summary>
    public static string? Problem(ProxyFault fault) =>
        fault.Status is not { } text || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var status) && status is >= 200 and <= 599)
            ? null
            : $"status must be a number from 200 to 599, got {text}";
}
