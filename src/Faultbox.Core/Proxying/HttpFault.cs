using System.Globalization;
using Faultbox.Core.Topology;

namespace Faultbox.Core.Proxying;

/// <summary>A fault on the messages of HTTP themselves: the service is asked and answers, and what travels is damaged. One record per kind.</summary>
/// <param name="Name">Name in specifications and events, for example <c>truncate</c>.</param>
public abstract record HttpFault(string Name)
{
    /// <summary>Its own arguments as a specification writes them, for example <c>at="50%"</c>.</summary>
    public virtual IReadOnlyList<string> Arguments => [];
}

/// <summary>The body of an answer ends early: its head announces more than follows.</summary>
/// <param name="At">Where.</param>
/// <param name="Reset">True to end with a reset instead of an orderly end.</param>
public sealed record HttpTruncate(BodyPoint At, bool Reset) : HttpFault("truncate")
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Arguments => Reset ? [$"at={At}", "how=\"rst\""] : [$"at={At}"];
}

/// <summary>The body of an answer comes slowly.</summary>
/// <param name="BytesPerSecond">Rate, the framing of chunks included.</param>
/// <param name="FirstByte">Time between the head and the first byte of the body.</param>
public sealed record HttpSlowBody(double BytesPerSecond, TimeSpan FirstByte) : HttpFault("slow_body")
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Arguments =>
    [
        string.Create(CultureInfo.InvariantCulture, $"rate=\"{BytesPerSecond}B/s\""),
        .. FirstByte > TimeSpan.Zero ? (IReadOnlyList<string>)[$"first_byte=\"{Durations.Text(FirstByte)}\""] : [],
    ];
}

/// <summary>The head of an answer comes byte by byte.</summary>
/// <param name="Gap">Time between two bytes.</param>
public sealed record HttpSlowHead(TimeSpan Gap) : HttpFault("slow_head")
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Arguments => [$"gap=\"{Durations.Text(Gap)}\""];
}

/// <summary>The length that an answer declares is not that of its body. An answer that declares none stays as it is.</summary>
/// <param name="Delta">What is added to the length, which does not become negative.</param>
public sealed record HttpContentLength(int Delta) : HttpFault("content_length")
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Arguments => [string.Create(CultureInfo.InvariantCulture, $"delta={Delta}")];

    /// <summary>The length that is declared in place of another one.</summary>
    public string Of(long length) => Math.Max(0, length + Delta).ToString(CultureInfo.InvariantCulture);
}

/// <summary>The chunked coding of an answer (RFC 9112 section 7.1) is damaged.</summary>
/// <param name="Kind">How.</param>
public sealed record HttpBadChunk(ChunkDamage Kind) : HttpFault("bad_chunk")
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Arguments => [$"kind=\"{ChunkDamageNames.Of(Kind)}\""];
}

/// <summary>Fields of a head are not those that its sender wrote.</summary>
/// <param name="Change">What becomes of them.</param>
/// <param name="OnRequest">True for the request, false for the answer.</param>
public sealed record HttpHeaders(FieldChange Change, bool OnRequest) : HttpFault("headers")
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Arguments => OnRequest ? [.. Change.Arguments, "target=\"request\""] : Change.Arguments;
}

/// <summary>The answer has another status than the service gave it: it acted, and the client thinks otherwise.</summary>
/// <param name="Code">The status, 200 to 599.</param>
public sealed record HttpOtherStatus(int Code) : HttpFault("status")
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Arguments => [$"code={Code}"];
}

/// <summary>The service executes a request more than once; the client gets the first answer.</summary>
/// <param name="Times">How often in all, at least 2.</param>
public sealed record HttpReplay(int Times) : HttpFault("replay")
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Arguments => [$"times={Times}"];
}

/// <summary>An HTTP/2 connection is announced to end (GOAWAY, RFC 9113 section 6.8).</summary>
/// <param name="Code">Error code as written.</param>
/// <param name="Graceful">True when the streams so far are served to their end, false when the connection ends at once.</param>
/// <param name="AfterStreams">With which matching stream of a connection, counted from 1.</param>
public sealed record HttpGoAway(string Code, bool Graceful, int AfterStreams) : HttpFault("goaway")
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Arguments =>
        [$"code=\"{Code}\"", .. Graceful ? (IReadOnlyList<string>)[] : ["graceful=False"], $"after_streams={AfterStreams}"];
}
