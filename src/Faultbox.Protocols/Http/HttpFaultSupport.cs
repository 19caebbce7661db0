using Faultbox.Core.Proxying;
using Faultbox.Protocols.Http2.Codec;

namespace Faultbox.Protocols.Http;

/// <summary>Which faults on the messages of HTTP exist in which of its versions.</summary>
internal static class HttpFaultSupport
{
    /// <summary>True when a rule can act on an HTTP/1.1 connection.</summary>
    public static bool IsOfHttp1(ActiveProxyRule rule) => rule.Fault is { Grpc: null, Http: not HttpGoAway };

    /// <summary>True when a rule can act on an HTTP/2 connection.</summary>
    public static bool IsOfHttp2(ActiveProxyRule rule) => rule.Fault.Http is not (HttpBadChunk or HttpReplay or HttpSlowBody or HttpSlowHead);

    /// <summary>Why a rule cannot act on <c>http</c>; null when it can.</summary>
    public static string? Http1Problem(ProxyFault fault) => fault.Http is HttpGoAway
        ? "http_fault.goaway() needs HTTP/2, and http speaks HTTP/1.1: declare the interface as http2, or use drop()"
        : null;

    /// <summary>Why a rule cannot act on <c>http2</c>; null when it can.</summary>
    public static string? Http2Problem(ProxyFault fault) => fault.Http switch
    {
        HttpBadChunk => "http_fault.bad_chunk() needs chunked coding, which HTTP/2 does not have: use http_fault.truncate()",
        HttpSlowBody => "http_fault.slow_body() slows answers of HTTP/1.1 only, since the streams of HTTP/2 share a connection: use wire.bandwidth()",
        HttpSlowHead => "http_fault.slow_head() slows heads of HTTP/1.1 only: use delay(phase=\"response\")",
        HttpReplay => "http_fault.replay() repeats requests of HTTP/1.1 only: declare the interface as http",
        HttpGoAway { Code: var code } when Http2ErrorName.Parse(code) is null =>
            $"http_fault.goaway(code=\"{code}\") is no HTTP/2 error code; codes: {string.Join(", ", Http2ErrorName.All)}",
        _ => fault.Headers.Select(h => h.Key).FirstOrDefault(IsOfConnection) is { } name
            ? $"headers cannot set {name}, which is about a connection of HTTP/1.1: in HTTP/2 an answer with it is malformed"
            : null,
    };

    /// <summary>True for the fields that no message of HTTP/2 may have (RFC 9113 section 8.2.2).</summary>
    private static bool IsOfConnection(string name) => name.ToLowerInvariant() is "connection" or "keep-alive" or "proxy-connection" or "upgrade";
}
