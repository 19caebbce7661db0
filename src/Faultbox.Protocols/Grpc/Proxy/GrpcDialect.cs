using System.Globalization;
using Faultbox.Core.Events;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Http;
using Faultbox.Protocols.Http2.Codec;
using Faultbox.Protocols.Http2.Proxy;

namespace Faultbox.Protocols.Grpc.Proxy;

/// <summary>gRPC on HTTP/2: rules match the full method, answers are a status in trailers.</summary>
internal sealed class GrpcDialect : IHttp2Dialect
{
    private const string DefaultMessage = "injected fault";
    private const string DropMessage = "connection dropped";

    /// <inheritdoc/>
    public ProxyMessage MessageOf(Http2Request request, string consumer, ReadOnlySpan<byte> body) => new()
    {
        Consumer = consumer,
        Method = request.Path,
        Path = request.Path,
        Host = request.Host,
        Fields = request,
        Body = body,
        Direction = TrafficDirection.ClientToServer,
    };

    /// <inheritdoc/>
    public bool Meets(ActiveProxyRule rule) => true;

    /// <inheritdoc/>
    public bool IsBodyPrefixComplete(ReadOnlySpan<byte> body) => GrpcMessage.TryTake(ref body, out _, out _);

    /// <inheritdoc/>
    public string? BodyProblem(Http2Request request, ReadOnlySpan<byte> body, bool ends)
    {
        if (body.IsEmpty || request.Header("content-type")?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) != true)
        {
            return null;
        }

        var isKnown = body[0] == 0 || (body[0] == 1 && request.Header("grpc-encoding") is { } encoding && encoding != "identity");
        return !isKnown ? "a message whose compression is not announced"
            : ends && !GrpcMessage.TryTake(ref body, out _, out _) ? "a message that is shorter than its prefix says"
            : null;
    }

    /// <inheritdoc/>
    public IReadOnlyList<EventField> Describe(ProxyFault fault, Http2Request request) => Describe(fault, request.Path);

    /// <inheritdoc/>
    public Http2Answer? Answer(ProxyFault fault, Http2Request request) => StatusOf(fault) switch
    {
        null => null,
        { Code: 0 } => new Http2Answer(Head(fault), GrpcMessage.Frame(fault.Body.GetValueOrDefault().Span), [new("grpc-status", "0")]),
        var (code, message) => StatusOnly(code, message, fault),
    };

    /// <summary>Fields of the event of a rule.</summary>
    /// <param name="fault">The rule.</param>
    /// <param name="method">Full method of the call it acts on.</param>
    public static IReadOnlyList<EventField> Describe(ProxyFault fault, string method) => fault.Action switch
    {
        ProxyAction.Delay => [new("method", method), new("delay_ms", HttpDialect.Milliseconds(fault.Delay))],
        ProxyAction.Drop => [new("method", method)],
        ProxyAction.Respond => [new("method", method), new("code", GrpcStatus.NameOf(0))],
        ProxyAction.Grpc => [new("method", method), .. FieldsOf(fault.Grpc!)],
        ProxyAction.Error => [new("method", method), new("code", GrpcStatus.NameOf(CodeOf(fault))), new("error", fault.Message ?? DefaultMessage)],
        _ => throw new InvalidOperationException($"grpc has no {fault.Action}"),
    };

    /// <summary>Status with which a rule ends a call, 0 with a reply; null when it ends the stream or the connection and the caller learns no status.</summary>
    public static (int Code, string Message)? StatusOf(ProxyFault fault) => fault.Action switch
    {
        ProxyAction.Drop => fault.DropMode == DropMode.Default ? (GrpcStatus.Unavailable, DropMessage) : null,
        ProxyAction.Error => (CodeOf(fault), fault.Message ?? DefaultMessage),
        ProxyAction.Respond => (0, ""),
        _ => throw new InvalidOperationException($"{ProxyRuleText.Builtin(fault)}() gives no answer"),
    };

    /// <inheritdoc/>
    public StreamChange Change(ActiveProxyRule rule) => GrpcStreamChange.Of(rule);

    /// <inheritdoc/>
    public Http2Error ResetCode(ProxyFault fault) => Http2ErrorName.Parse(fault.Code) ?? Http2Error.InternalError;

    /// <summary>What is wrong with the values of a rule; null when nothing is.</summary>
    public static string? Problem(ProxyFault fault)
    {
        if (fault.Matcher is { Method: not null, Path: not null })
        {
            return $"{ProxyRuleText.Builtin(fault)}(): method= and path= mean the same on grpc, the full method; give one of them";
        }

        if (fault is { Action: ProxyAction.Respond, Status: { } reply } && !(GrpcStatus.TryParse(reply, out var ok) && ok == 0))
        {
            return $"response(status=\"{reply}\"): response() ends a call with OK and its reply; error(status=...) ends it with another status";
        }

        if (fault.Action != ProxyAction.Respond && fault.Status is { } status && !(GrpcStatus.TryParse(status, out var code) && code > 0))
        {
            return $"status must be a gRPC code from 1 to 16 or its name, got \"{status}\"; names: {string.Join(", ", GrpcStatus.All.Skip(1))}";
        }

        return fault.Grpc switch
        {
            GrpcEndStatus { Code: var name } when !GrpcStatus.TryParse(name, out _) =>
                $"grpc_fault.status(code=\"{name}\") is no gRPC code; names: {string.Join(", ", GrpcStatus.All)}",
            GrpcCut { Code: var name } when Http2ErrorName.Parse(name) is null =>
                $"grpc_fault.cut(code=\"{name}\") is no HTTP/2 error code; codes: {string.Join(", ", Http2ErrorName.All)}",
            _ => HttpSupport.ResetCodeProblem(fault, [DropMode.Reset, DropMode.Blackhole], "the code of a call is status="),
        };
    }

    private static IReadOnlyList<EventField> FieldsOf(GrpcFault fault) => fault switch
    {
        GrpcEndStatus { Code: var name, AfterMessages: var after } =>
        [
            new("code", GrpcStatus.NameOf(GrpcStatus.TryParse(name, out var code) ? code : GrpcStatus.Internal)),
            new("after_messages", after.ToString(CultureInfo.InvariantCulture)),
        ],
        GrpcCut { Code: var code, AfterMessages: var after } => [new("code", code), new("after_messages", after.ToString(CultureInfo.InvariantCulture))],
        GrpcMetadata { OnHead: var onHead } => [new("target", onHead ? "headers" : "trailers")],
        GrpcCorrupt { Kind: var kind } => [new("kind", kind.ToString().ToLowerInvariant())],
        _ => [],
    };

    private static int CodeOf(ProxyFault fault) => fault.Status is { } status && GrpcStatus.TryParse(status, out var code) ? code : GrpcStatus.Internal;

    private static Http2Answer StatusOnly(int code, string message, ProxyFault fault) => new(
        [
            .. Head(fault),
            new("grpc-status", code.ToString(CultureInfo.InvariantCulture)),
            new("grpc-message", GrpcMessage.EncodeText(message)),
        ],
        default,
        []);

    private static IReadOnlyList<HeaderField> Head(ProxyFault fault) =>
    [
        new(":status", "200"),
        new("content-type", fault.ContentType ?? "application/grpc"),
        .. fault.Headers.Select(h => new HeaderField(h.Key.ToLowerInvariant(), h.Value)),
    ];
}
