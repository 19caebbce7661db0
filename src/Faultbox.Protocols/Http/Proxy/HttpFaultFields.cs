using System.Globalization;
using Faultbox.Core.Events;
using Faultbox.Core.Proxying;

namespace Faultbox.Protocols.Http.Proxy;

/// <summary>Fields of the events of faults on the messages of HTTP, after <c>method</c> and <c>path</c>.</summary>
internal static class HttpFaultFields
{
    /// <summary>The fields of a fault, in documented order.</summary>
    public static IReadOnlyList<EventField> Of(HttpFault fault) => fault switch
    {
        HttpTruncate { At: var at, Reset: var reset } => [new("at", at.ToString().Trim('"')), new("how", reset ? "rst" : "close")],
        HttpSlowBody { BytesPerSecond: var rate, FirstByte: var first } =>
        [
            new("rate", string.Create(CultureInfo.InvariantCulture, $"{rate}B/s")),
            new("first_byte_ms", ((long)first.TotalMilliseconds).ToString(CultureInfo.InvariantCulture)),
        ],
        HttpSlowHead { Gap: var gap } => [new("gap_ms", ((long)gap.TotalMilliseconds).ToString(CultureInfo.InvariantCulture))],
        HttpContentLength { Delta: var delta } => [new("delta", delta.ToString(CultureInfo.InvariantCulture))],
        HttpBadChunk { Kind: var kind } => [new("kind", ChunkDamageNames.Of(kind))],
        HttpHeaders { OnRequest: var onRequest } => [new("target", onRequest ? "request" : "response")],
        HttpOtherStatus { Code: var code } => [new("status", code.ToString(CultureInfo.InvariantCulture))],
        HttpReplay { Times: var times } => [new("times", times.ToString(CultureInfo.InvariantCulture))],
        HttpGoAway { Code: var code, Graceful: var graceful } => [new("code", code), new("graceful", graceful ? "true" : "false")],
        _ => throw new InvalidOperationException($"no fields for http_fault.{fault.Name}()"),
    };
}
