using System.Globalization;
using Faultbox.Core.Events;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Http;
using Faultbox.Protocols.Http.Proxy;
using Faultbox.Protocols.Http2.Codec;

namespace Faultbox.Protocols.Http2.Proxy;

/// <summary>Plain HTTP on HTTP/2: rules and events as on HTTP/1.1.</summary>
internal sealed class HttpDialect : IHttp2Dialect
{
    /// <inheritdoc/>
    public ProxyMessage MessageOf(Http2Request request, string consumer, ReadOnlySpan<byte> body) => new()
    {
        Consumer = consumer,
        Method = request.Method,
        Path = request.Path,
        Host = request.Host,
        Fields = request,
        Body = body,
        Direction = TrafficDirection.ClientToServer,
    };

    /// <inheritdoc/>
    public bool Meets(ActiveProxyRule rule) => HttpFaultSupport.IsOfHttp2(rule);

    /// <inheritdoc/>
    public bool IsBodyPrefixComplete(ReadOnlySpan<byte> body) => false;

    /// <inheritdoc/>
    public string? BodyProblem(Http2Request request, ReadOnlySpan<byte> body, bool ends) => null;

    /// <inheritdoc/>
    public IReadOnlyList<EventField> Describe(ProxyFault fault, Http2Request request) => fault.Action switch
    {
        ProxyAction.Delay => [new("method", request.Method), new("path", request.Path), new("delay_ms", Milliseconds(fault.Delay))],
        ProxyAction.Drop => [new("method", request.Method), new("path", request.Path)],
        ProxyAction.Http => [new("method", request.Method), new("path", request.Path), .. HttpFaultFields.Of(fault.Http!)],
        ProxyAction.Respond or ProxyAction.Error =>
        [
            new("method", request.Method),
            new("path", request.Path),
            new("status", InjectedAnswer.StatusOf(fault).ToString(CultureInfo.InvariantCulture)),
        ],
        _ => throw new InvalidOperationException($"http2 has no {fault.Action}"),
    };

    /// <inheritdoc/>
    public Http2Answer? Answer(ProxyFault fault, Http2Request request)
    {
        if (fault.Action == ProxyAction.Drop)
        {
            return null;
        }

        if (fault.Action is not (ProxyAction.Respond or ProxyAction.Error))
        {
            throw new InvalidOperationException($"{ProxyRuleText.Builtin(fault)}() gives no answer");
        }

        var status = InjectedAnswer.StatusOf(fault);
        var body = InjectedAnswer.BodyOf(fault);
        List<HeaderField> head = [new(":status", status.ToString(CultureInfo.InvariantCulture))];
        head.AddRange(InjectedAnswer.FieldsOf(fault).Select(f => new HeaderField(f.Key.ToLowerInvariant(), f.Value)));
        if (status is not (204 or 304))
        {
            head.Add(new HeaderField("content-length", body.Length.ToString(CultureInfo.InvariantCulture)));
        }

        return new Http2Answer(head, request.Method == "HEAD" ? default : body, []);
    }

    /// <inheritdoc/>
    public StreamChange Change(ActiveProxyRule rule) => HttpStreamChange.Of(rule);

    /// <inheritdoc/>
    public Http2Error ResetCode(ProxyFault fault) => Http2ErrorName.Parse(fault.Code) ?? Http2Error.InternalError;

    /// <summary>Whole milliseconds as events show them.</summary>
    internal static string Milliseconds(TimeSpan time) => ((long)time.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
}
