namespace Faultbox.Protocols.Grpc.Client;

/// <summary>Asks a server for its health as a whole (grpc.health.v1, GRPC Health Checking Protocol).</summary>
internal static class HealthCheck
{
    private const int Serving = 1;
    private static readonly string[] States = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];

    /// <summary>
    /// Asks once: null when the server serves, otherwise the cause. A server that answers without having the health service serves, too, and
    /// so does one that wants to know who asks.
    /// </summary>
    public static string? Ask(ProbeRequest request, CancellationToken cancellation)
    {
        var call = new GrpcCall(
            GrpcCall.AuthorityOf(request.Host, request.Port),
            "/grpc.health.v1.Health/Check",
            [StandardServices.Encode("health.HealthCheckRequest", "service", "")],
            [],
            request.Timeout,
            request.Tls);
        var reply = call.SendAsync(cancellation).GetAwaiter().GetResult();
        return reply switch
        {
            { Code: 0, Messages: [var message, ..] } => StateOf(message) is var state && state == Serving ? null : $"health is {NameOf(state)}",
            { Code: GrpcStatus.Unimplemented or GrpcStatus.Unauthenticated or GrpcStatus.PermissionDenied } => null,
            { Code: 0 } => "the health check was answered without a message",
            _ => reply.Error,
        };
    }

    private static int StateOf(byte[] message) => StandardServices.Decode("health.HealthCheckResponse", message)[1] as int? ?? 0;

    private static string NameOf(int state) => state >= 0 && state < States.Length ? States[state] : $"{state}";
}
