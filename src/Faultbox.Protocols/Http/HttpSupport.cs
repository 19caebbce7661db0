using Faultbox.Core.Proxying;
using Faultbox.Protocols.Http.Proxy;
using Faultbox.Protocols.Http2.Codec;
using Faultbox.Protocols.Http2.Proxy;
using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Http;

/// <summary>What the proxies of HTTP can do.</summary>
internal static class HttpSupport
{
    private static readonly IConnectionRelay Http2Relay = new Http2Relay(new HttpDialect());
    private static readonly IConnectionRelay Http1Relay = new HttpRelay(Http2Relay);

    /// <summary>The proxy of <c>http</c>.</summary>
    public static ProxySupport Http1 { get; } = new()
    {
        Actions = Actions,
        Matchers = Matchers,
        DropModes = DropModes,
        Keywords = Keywords,
        Tls = true,
        ApplicationProtocols = ["h2", "http/1.1"],
        Check = fault => HttpStatus.Problem(fault) ?? HttpFaultSupport.Http1Problem(fault),
        Connections = Http1Relay,
    };

    /// <summary>The proxy of <c>http2</c>.</summary>
    public static ProxySupport Http2 { get; } = new()
    {
        Actions = Actions,
        Matchers = Matchers,
        DropModes = DropModes,
        Keywords = [.. Keywords, "code"],
        Tls = true,
        ApplicationProtocols = ["h2"],
        Check = fault => HttpStatus.Problem(fault) ?? ResetCodeProblem(fault, [DropMode.Default, DropMode.Reset, DropMode.Blackhole], "status= is what an answer says") ?? HttpFaultSupport.Http2Problem(fault),
        Connections = new PrefaceRelay(Http2Relay, Http1Relay),
    };

    private static ProxyAction[] Actions =>
        [ProxyAction.Respond, ProxyAction.Error, ProxyAction.Delay, ProxyAction.Drop, ProxyAction.Http, ProxyAction.Wire, ProxyAction.Tls];

    private static string[] Matchers => ["method", "path", "host", "match_headers", "match_query", "match_body"];

    private static DropMode[] DropModes => [DropMode.Default, DropMode.Close, DropMode.Reset, DropMode.Blackhole];

    private static string[] Keywords => ["status", "body", "value", "message", "headers", "content_type", "delay", "phase"];

    /// <summary>What is wrong with the reset code of a rule; null when nothing is.</summary>
    /// <param name="fault">The rule.</param>
    /// <param name="resets">Ways of dropping that end with a reset of the stream.</param>
    /// <param name="instead">What names the code of an error.</param>
    public static string? ResetCodeProblem(ProxyFault fault, DropMode[] resets, string instead) =>
        fault.Code is not { } code ? null
        : fault.Action != ProxyAction.Drop ? $"{ProxyRuleText.Builtin(fault)}(code=...) means nothing here, where code= is the code of a reset by drop(); {instead}"
        : !resets.Contains(fault.DropMode) ? "drop(code=...) is the code of a reset, which comes with "
            + string.Join(" or ", resets.Where(m => m != DropMode.Default).Select(m => $"mode=\"{ProxyRuleText.Name(m)}\""))
        : Http2ErrorName.Parse(code) is null ? $"code must be an HTTP/2 error code, got \"{code}\"; codes: {string.Join(", ", Http2ErrorName.All)}"
        : null;
}
