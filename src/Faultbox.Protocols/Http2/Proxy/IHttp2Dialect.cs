using Faultbox.Core.Events;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Http2.Codec;

namespace Faultbox.Protocols.Http2.Proxy;

/// <summary>What a protocol on HTTP/2 makes of streams: how rules see a request and what an answer of a rule looks like.</summary>
internal interface IHttp2Dialect
{
    /// <summary>A request as rules are evaluated on it.</summary>
    /// <param name="request">Head of the request.</param>
    /// <param name="consumer">Who sent it.</param>
    /// <param name="body">Beginning of its body, as far as rules ask for it.</param>
    ProxyMessage MessageOf(Http2Request request, string consumer, ReadOnlySpan<byte> body);

    /// <summary>True when a rule can act on streams of HTTP/2.</summary>
    bool Meets(ActiveProxyRule rule);

    /// <summary>True when the bytes are enough for rules on the body, although the client has not ended.</summary>
    bool IsBodyPrefixComplete(ReadOnlySpan<byte> body);

    /// <summary>What is wrong with the beginning of a body, so that no rule on the body can act; null when nothing is.</summary>
    /// <param name="request">Head of the request.</param>
    /// <param name="body">Beginning of its body.</param>
    /// <param name="ends">True when that is all of it.</param>
    string? BodyProblem(Http2Request request, ReadOnlySpan<byte> body, bool ends);

    /// <summary>Fields of the event of a rule, in documented order.</summary>
    IReadOnlyList<EventField> Describe(ProxyFault fault, Http2Request request);

    /// <summary>The answer of a rule; null when the rule gives none and the stream or the connection ends as its drop mode says.</summary>
    Http2Answer? Answer(ProxyFault fault, Http2Request request);

    /// <summary>What a rule that changes an answer makes of it.</summary>
    StreamChange Change(ActiveProxyRule rule);

    /// <summary>The code with which a dropped stream is reset.</summary>
    Http2Error ResetCode(ProxyFault fault);
}

/// <summary>An answer of a rule.</summary>
/// <param name="Head">Fields of the head.</param>
/// <param name="Body">Body; empty for none.</param>
/// <param name="Trailers">Trailer fields; empty for none.</param>
internal sealed record Http2Answer(IReadOnlyList<HeaderField> Head, ReadOnlyMemory<byte> Body, IReadOnlyList<HeaderField> Trailers);
