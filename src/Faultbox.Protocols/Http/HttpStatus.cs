using System.Globalization;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Http.Proxy;

namespace Faultbox.Protocols.Http;

/// <summary>The heads of answers that a rule can give.</summary>
internal static class HttpStatus
{
    /// <summary>
    /// What is wrong with the status or the fields of a rule; null when nothing is. Interim answers are none that a client takes for the last
    /// one, and the length of an answer is that of its body.
    /// </summary>
    public static string? Problem(ProxyFault fault) => StatusProblem(fault) ?? BodyProblem(fault) ?? FieldProblem(fault);

    private static string? BodyProblem(ProxyFault fault) =>
        fault.Status is { } status && int.Parse(status, CultureInfo.InvariantCulture) is 204 or 304 && !InjectedAnswer.BodyOf(fault).IsEmpty
            ? $"an answer with status {fault.Status} has no body: leave {(fault.Body is { Length: > 0 } ? "body=" : "message=")} out"
            : null;

    private static string? FieldProblem(ProxyFault fault) =>
        fault.Headers.Select(h => h.Key).FirstOrDefault(IsFraming) is { } name
            ? $"headers cannot set {name}, which follows from the body; http_fault.truncate() and http_fault.headers() damage the framing of real answers"
            : null;

    private static bool IsFraming(string name) =>
        name.Equals("content-length", StringComparison.OrdinalIgnoreCase) || name.Equals("transfer-encoding", StringComparison.OrdinalIgnoreCase);

    private static string? StatusProblem(ProxyFault fault) =>
        fault.Status is not { } text || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var status) && status is >= 200 and <= 599)
            ? null
            : $"status must be a number from 200 to 599, got {text}";
}
