using Faultbox.Protocols.Http2.Codec;
using static Faultbox.Protocols.Tests.Hostile.FrameClient;

namespace Faultbox.Protocols.Tests.Hostile;

/// <summary>In which state the stream of a shape is when its frames are sent.</summary>
public enum StreamState
{
    /// <summary>Not begun.</summary>
    Idle,

    /// <summary>The client has sent a head and will send more.</summary>
    Open,

    /// <summary>The client has sent everything; the answer waits for credit.</summary>
    HalfClosed,

    /// <summary>Answered.</summary>
    Closed,

    /// <summary>Reset by the client.</summary>
    Reset,

    /// <summary>There is not even a preface.</summary>
    NoConnection,
}

/// <summary>Frames that test how an HTTP/2 server keeps the rules, with the section that has the rule.</summary>
/// <param name="Name">Section of RFC 9113, or of RFC 7541 with an <c>H</c>, and what is sent.</param>
/// <param name="State">State of the stream before.</param>
/// <param name="Frames">The frames for a stream of that number.</param>
/// <param name="Demanded">Error codes the section demands, for the stream or the connection; none when the frames are allowed.</param>
internal sealed record ConformanceShape(string Name, StreamState State, Func<uint, byte[]> Frames, params Http2Error[] Demanded)
{
    private const FrameFlags Whole = FrameFlags.EndHeaders | FrameFlags.EndStream;

    private static readonly HeaderField[] s_request = [new(":method", "GET"), new(":scheme", "http"), new(":path", "/"), new(":authority", "up")];

    /// <summary>True when the stream is answered or reset in the end, if the connection lives.</summary>
    public bool IsWatched { get; private init; }

    public static IReadOnlyList<ConformanceShape> All { get; } =
    [
        new("3.4 no preface at all", StreamState.NoConnection, _ => "NO PREFACE, NO PROTOCOL\r\n\r\n"u8.ToArray(), Http2Error.ProtocolError),
        new("3.4 a preface with another end", StreamState.NoConnection, _ => "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n\0\0\0\u0004\0\0\0\0\0"u8.ToArray(), Http2Error.ProtocolError),
        new("3.4 a ping before the settings", StreamState.NoConnection, _ => [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Ping(0)], Http2Error.ProtocolError),
        new("3.4 a request before the settings", StreamState.NoConnection, s => [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Request(s, "/")], Http2Error.ProtocolError),
        new("4.1 a frame of an unknown type", StreamState.Idle, _ => Frame((FrameType)0x55, (FrameFlags)0xFF, 0, 1, 2, 3)),
        new("4.1 a ping with unknown flags", StreamState.Idle, _ => Frame(FrameType.Ping, (FrameFlags)0xFE, 0, new byte[8])),
        new("4.1 a reserved bit", StreamState.Idle, _ => Frame(FrameType.Ping, 0, 0x8000_0000, new byte[8])),
        Served("4.2 data of the largest size", StreamState.Open, s => Frame(FrameType.Data, FrameFlags.EndStream, s, new byte[16_384])),
        new("4.2 data above the largest size", StreamState.Open, s => Frame(FrameType.Data, FrameFlags.EndStream, s, new byte[16_385]), Http2Error.FrameSizeError),
        new("4.2 a head above the largest size", StreamState.Idle, s => Frame(FrameType.Headers, Whole, s, new byte[16_385]), Http2Error.FrameSizeError),
        new("4.2 settings above the largest size", StreamState.Idle, _ => Frame(FrameType.Settings, 0, 0, new byte[16_386]), Http2Error.FrameSizeError),
        new("4.3 a block that is no block", StreamState.Idle, s => Frame(FrameType.Headers, Whole, s, 0x40, 0x01, (byte)'x'), Http2Error.CompressionError),
        new("4.3 a priority inside a head", StreamState.Idle, s => [.. Started(s), .. Priority(s, 0)], Http2Error.ProtocolError),
        new("4.3 a head inside a head", StreamState.Idle, s => [.. Started(s), .. Request(s + 2, "/")], Http2Error.ProtocolError),
        new("5.1 data on an idle stream", StreamState.Idle, s => Frame(FrameType.Data, FrameFlags.EndStream, s, 1), Http2Error.ProtocolError),
        new("5.1 a reset of an idle stream", StreamState.Idle, s => Frame(FrameType.ResetStream, 0, s, Number(8)), Http2Error.ProtocolError),
        new("5.1 credit of an idle stream", StreamState.Idle, s => Frame(FrameType.WindowUpdate, 0, s, Number(100)), Http2Error.ProtocolError),
        new("5.1 a continuation on an idle stream", StreamState.Idle, s => Frame(FrameType.Continuation, FrameFlags.EndHeaders, s, Block("/")), Http2Error.ProtocolError),
        new("5.1 data after the end of a request", StreamState.HalfClosed, s => Frame(FrameType.Data, FrameFlags.EndStream, s, 1), Http2Error.StreamClosed),
        new("5.1 a head after the end of a request", StreamState.HalfClosed, s => Request(s, "/"), Http2Error.StreamClosed),
        new("5.1 a continuation after the end of a request", StreamState.HalfClosed, s => Frame(FrameType.Continuation, FrameFlags.EndHeaders, s, Block("/")), Http2Error.StreamClosed, Http2Error.ProtocolError),
        new("5.1 credit after the end of a request", StreamState.HalfClosed, s => Frame(FrameType.WindowUpdate, 0, s, Number(1))),
        new("5.1 data after a reset", StreamState.Reset, s => Frame(FrameType.Data, FrameFlags.EndStream, s, 1), Http2Error.StreamClosed),
        new("5.1 a head after a reset", StreamState.Reset, s => Request(s, "/"), Http2Error.StreamClosed),
        new("5.1 a continuation after a reset", StreamState.Reset, s => Frame(FrameType.Continuation, FrameFlags.EndHeaders, s, Block("/")), Http2Error.StreamClosed, Http2Error.ProtocolError),
        new("5.1 data on a closed stream", StreamState.Closed, s => Frame(FrameType.Data, FrameFlags.EndStream, s, 1), Http2Error.StreamClosed),
        new("5.1 a head on a closed stream", StreamState.Closed, s => Request(s, "/"), Http2Error.StreamClosed),
        new("5.1 a continuation on a closed stream", StreamState.Closed, s => Frame(FrameType.Continuation, FrameFlags.EndHeaders, s, Block("/")), Http2Error.StreamClosed, Http2Error.ProtocolError),
        new("5.1 credit of a closed stream", StreamState.Closed, s => Frame(FrameType.WindowUpdate, 0, s, Number(1))),
        new("5.1 a priority of a closed stream", StreamState.Closed, s => Priority(s, 0)),
        new("5.1 a reset of a closed stream", StreamState.Closed, s => Frame(FrameType.ResetStream, 0, s, Number(8))),
        new("5.1.1 an even stream", StreamState.Idle, s => Request(s + 1, "/"), Http2Error.ProtocolError),
        new("5.1.1 a stream below an earlier one", StreamState.Idle, s => [.. Frame(FrameType.Headers, FrameFlags.EndHeaders, s + 4, Block("/", "POST")), .. Request(s + 2, "/")], Http2Error.ProtocolError, Http2Error.StreamClosed),
        new("5.1.2 more streams than allowed", StreamState.HalfClosed, s => [.. Enumerable.Range(1, 110).SelectMany(i => Request(s + ((uint)i * 2), "/"))], Http2Error.RefusedStream, Http2Error.ProtocolError),
        new("5.3.2 a head that depends on itself", StreamState.Idle, s => Frame(FrameType.Headers, Whole | FrameFlags.Priority, s, [.. Number(s), 15, .. Block("/")])),
        new("5.3.2 a priority that depends on itself", StreamState.Idle, s => Priority(s, s)),
        new("5.5 an unknown frame inside a head", StreamState.Idle, s => [.. Started(s), .. Frame((FrameType)0x55, 0, s)], Http2Error.ProtocolError),
        new("6.1 data on stream 0", StreamState.Open, _ => Frame(FrameType.Data, FrameFlags.EndStream, 0, 1), Http2Error.ProtocolError),
        new("6.1 more padding than data", StreamState.Open, s => Frame(FrameType.Data, FrameFlags.EndStream | FrameFlags.Padded, s, 6, 1, 2, 3), Http2Error.ProtocolError),
        Served("6.1 nothing but padding", StreamState.Open, s => Frame(FrameType.Data, FrameFlags.EndStream | FrameFlags.Padded, s, 3, 0, 0, 0)),
        new("6.1 padding without its length", StreamState.Open, s => Frame(FrameType.Data, FrameFlags.EndStream | FrameFlags.Padded, s), Http2Error.ProtocolError, Http2Error.FrameSizeError),
        new("6.2 data inside a head", StreamState.Idle, s => [.. Started(s), .. Frame(FrameType.Data, 0, s, 1)], Http2Error.ProtocolError),
        new("6.2 a ping inside a head", StreamState.Idle, s => [.. Started(s), .. Ping(0)], Http2Error.ProtocolError),
        new("6.2 a head on stream 0", StreamState.Idle, _ => Request(0, "/"), Http2Error.ProtocolError),
        new("6.2 more padding than head", StreamState.Idle, s => Frame(FrameType.Headers, Whole | FrameFlags.Padded, s, 255, 0x82), Http2Error.ProtocolError),
        new("6.2 a head too short for its priority", StreamState.Idle, s => Frame(FrameType.Headers, Whole | FrameFlags.Priority, s, 0, 0, 0), Http2Error.ProtocolError, Http2Error.FrameSizeError),
        Served("6.2 a head with padding and priority", StreamState.Idle, s => Frame(FrameType.Headers, Whole | FrameFlags.Priority | FrameFlags.Padded, s, [2, .. Number(0), 15, .. Block("/"), 0, 0])),
        new("6.3 a priority on stream 0", StreamState.Idle, _ => Priority(0, 1), Http2Error.ProtocolError),
        new("6.3 a priority of a wrong size", StreamState.Open, s => Frame(FrameType.Priority, 0, s, 0, 0, 0, 0), Http2Error.FrameSizeError),
        new("6.4 a reset on stream 0", StreamState.Idle, _ => Frame(FrameType.ResetStream, 0, 0, Number(8)), Http2Error.ProtocolError),
        new("6.4 a reset of a wrong size", StreamState.Open, s => Frame(FrameType.ResetStream, 0, s, 0, 0, 8), Http2Error.FrameSizeError),
        new("6.4 a reset with an unknown code", StreamState.Open, s => Frame(FrameType.ResetStream, 0, s, Number(0xFF00))),
        new("6.5 an acknowledgement with content", StreamState.Idle, _ => Frame(FrameType.Settings, FrameFlags.EndStream, 0, new byte[6]), Http2Error.FrameSizeError),
        new("6.5 settings on a stream", StreamState.Open, s => Frame(FrameType.Settings, 0, s, 0, 3, 0, 0, 0, 100), Http2Error.ProtocolError),
        new("6.5 settings of a wrong size", StreamState.Idle, _ => Frame(FrameType.Settings, 0, 0, 0, 3, 0), Http2Error.FrameSizeError),
        new("6.5.2 push that is neither on nor off", StreamState.Idle, _ => Setting(2, 2), Http2Error.ProtocolError),
        new("6.5.2 a window of 2^31", StreamState.Idle, _ => Setting(4, 0x8000_0000), Http2Error.FlowControlError),
        new("6.5.2 frames below the least size", StreamState.Idle, _ => Setting(5, 16_383), Http2Error.ProtocolError),
        new("6.5.2 frames above the greatest size", StreamState.Idle, _ => Setting(5, 0x100_0000), Http2Error.ProtocolError),
        new("6.5.2 an unknown setting", StreamState.Idle, _ => Setting(0xFF, 1)),
        new("6.5.2 no table at all", StreamState.Idle, _ => Setting(1, 0)),
        new("6.6 a promise of a client", StreamState.Open, s => Frame(FrameType.PushPromise, FrameFlags.EndHeaders, s, [.. Number(s + 1), .. Block("/")]), Http2Error.ProtocolError),
        new("6.6 a promise on stream 0", StreamState.Idle, _ => Frame(FrameType.PushPromise, FrameFlags.EndHeaders, 0, [.. Number(2), .. Block("/")]), Http2Error.ProtocolError),
        new("6.7 a ping", StreamState.Idle, _ => Ping(7)),
        new("6.7 an acknowledgement that nobody waits for", StreamState.Idle, _ => Frame(FrameType.Ping, FrameFlags.EndStream, 0, 1, 2, 3, 4, 5, 6, 7, 8)),
        new("6.7 a ping on a stream", StreamState.Open, s => Frame(FrameType.Ping, 0, s, new byte[8]), Http2Error.ProtocolError),
        new("6.7 a ping of a wrong size", StreamState.Idle, _ => Frame(FrameType.Ping, 0, 0, new byte[6]), Http2Error.FrameSizeError),
        new("6.8 a farewell on a stream", StreamState.Open, s => Frame(FrameType.GoAway, 0, s, new byte[8]), Http2Error.ProtocolError),
        new("6.8 a farewell that is cut", StreamState.Idle, _ => Frame(FrameType.GoAway, 0, 0, new byte[4]), Http2Error.FrameSizeError),
        new("6.9 a credit of 0 for the connection", StreamState.Idle, _ => Frame(FrameType.WindowUpdate, 0, 0, Number(0)), Http2Error.ProtocolError),
        new("6.9 a credit of 0 for a stream", StreamState.Open, s => Frame(FrameType.WindowUpdate, 0, s, Number(0)), Http2Error.ProtocolError),
        new("6.9 a credit of a wrong size", StreamState.Idle, _ => Frame(FrameType.WindowUpdate, 0, 0, 0, 0, 1), Http2Error.FrameSizeError),
        new("6.9 a credit of a wrong size for a stream", StreamState.Open, s => Frame(FrameType.WindowUpdate, 0, s, 0, 0, 1), Http2Error.FrameSizeError),
        new("6.9.1 a window of the connection beyond 2^31-1", StreamState.Idle, _ => [.. Frame(FrameType.WindowUpdate, 0, 0, Number(int.MaxValue)), .. Frame(FrameType.WindowUpdate, 0, 0, Number(int.MaxValue))], Http2Error.FlowControlError),
        new("6.9.1 a window of a stream beyond 2^31-1", StreamState.Open, s => [.. Frame(FrameType.WindowUpdate, 0, s, Number(int.MaxValue)), .. Frame(FrameType.WindowUpdate, 0, s, Number(int.MaxValue))], Http2Error.FlowControlError),
        new("6.9.2 settings that take a window beyond 2^31-1", StreamState.Open, s => [.. Frame(FrameType.WindowUpdate, 0, s, Number(int.MaxValue - 65_535)), .. Setting(4, 65_536)], Http2Error.FlowControlError),
        Served("6.9.2 a window that settings open", StreamState.HalfClosed, _ => Setting(4, 65_535)),
        Served("6.10 a head in many pieces", StreamState.Idle, s => InPieces(s, Block("/"))),
        new("6.10 a continuation after the end of a head", StreamState.Idle, s => [.. Frame(FrameType.Headers, FrameFlags.EndHeaders, s, Block("/", "POST")), .. Frame(FrameType.Continuation, FrameFlags.EndHeaders, s, 0x82)], Http2Error.ProtocolError),
        new("6.10 a continuation on stream 0", StreamState.Idle, s => [.. Started(s), .. Frame(FrameType.Continuation, FrameFlags.EndHeaders, 0, 0x82)], Http2Error.ProtocolError),
        new("6.10 a continuation on another stream", StreamState.Idle, s => [.. Started(s), .. Frame(FrameType.Continuation, FrameFlags.EndHeaders, s + 2, 0x82)], Http2Error.ProtocolError),
        new("6.10 a continuation of data", StreamState.Open, s => [.. Frame(FrameType.Data, 0, s, 1), .. Frame(FrameType.Continuation, FrameFlags.EndHeaders, s, 0x82)], Http2Error.ProtocolError),
        new("6.10 a continuation above the largest size", StreamState.Idle, s => [.. Started(s), .. Frame(FrameType.Continuation, FrameFlags.EndHeaders, s, new byte[16_385])], Http2Error.FrameSizeError),
        new("8.1 trailers that are not the end", StreamState.Open, s => Frame(FrameType.Headers, FrameFlags.EndHeaders, s, HpackEncoder.Encode([new("x", "y")])), Http2Error.ProtocolError),
        Served("8.1 trailers", StreamState.Open, s => Frame(FrameType.Headers, Whole, s, HpackEncoder.Encode([new("x", "y")]))),
        Head("8.1 a pseudo-header in trailers", StreamState.Open, [new(":method", "GET")], Http2Error.ProtocolError),
        Head("8.2.1 a name in upper case", [.. s_request, new("X-Test", "y")], Http2Error.ProtocolError),
        Head("8.2.1 a name with a space", [.. s_request, new("x test", "y")], Http2Error.ProtocolError),
        Head("8.2.1 a line end in a value", [.. s_request, new("x", "y\r\nz: w")], Http2Error.ProtocolError),
        Head("8.2.1 a null in a value", [.. s_request, new("x", "y\0")], Http2Error.ProtocolError),
        Head("8.2.1 an empty name", [.. s_request, new(string.Empty, "y")], Http2Error.ProtocolError),
        Head("8.2.2 a field of a connection", [.. s_request, new("connection", "keep-alive")], Http2Error.ProtocolError),
        Head("8.2.2 a transfer coding", [.. s_request, new("transfer-encoding", "chunked")], Http2Error.ProtocolError),
        Head("8.2.2 te other than trailers", [.. s_request, new("te", "trailers, deflate")], Http2Error.ProtocolError),
        Head("8.2.2 te: trailers", [.. s_request, new("te", "trailers")]),
        Head("8.3 an unknown pseudo-header", [.. s_request, new(":test", "y")], Http2Error.ProtocolError),
        Head("8.3 a pseudo-header of answers", [.. s_request, new(":status", "200")], Http2Error.ProtocolError),
        Head("8.3 a pseudo-header after a field", [.. s_request[..3], new("x", "y"), new(":authority", "up")], Http2Error.ProtocolError),
        Head("8.3.1 an empty path", [.. s_request[..2], new(":path", string.Empty), s_request[3]], Http2Error.ProtocolError),
        Head("8.3.1 no method", s_request[1..], Http2Error.ProtocolError),
        Head("8.3.1 no scheme", [s_request[0], .. s_request[2..]], Http2Error.ProtocolError),
        Head("8.3.1 no path", [.. s_request[..2], s_request[3]], Http2Error.ProtocolError),
        Head("8.3.1 two methods", [s_request[0], .. s_request], Http2Error.ProtocolError),
        Head("8.3.1 two schemes", [s_request[1], .. s_request], Http2Error.ProtocolError),
        Head("8.3.1 two paths", [s_request[2], .. s_request], Http2Error.ProtocolError),
        Head("8.5 a tunnel with a path", [new(":method", "CONNECT"), .. s_request[1..]], Http2Error.ProtocolError),
        Length("8.1.1 less data than declared", 1, 10),
        Length("8.1.1 more data than declared", 10, 1),
        new("H4.2 a table size after a field", StreamState.Idle, s => Frame(FrameType.Headers, Whole, s, [.. Block("/"), 0x20]), Http2Error.CompressionError),
        Served("H4.2 a table size before the fields", StreamState.Idle, s => Frame(FrameType.Headers, Whole, s, [0x20, .. Block("/")])),
        new("H5.1 an integer without end", StreamState.Idle, s => Frame(FrameType.Headers, Whole, s, [.. Enumerable.Repeat((byte)0xFF, 64)]), Http2Error.CompressionError),
        new("H5.2 padding of more than 7 bits", StreamState.Idle, s => Frame(FrameType.Headers, Whole, s, [.. Block("/"), 0x00, 0x85, 0xF2, 0xB2, 0x4A, 0x84, 0xFF, 0x84, 0x49, 0x50, 0x9F, 0xFF]), Http2Error.CompressionError),
        new("H5.2 padding with zeros", StreamState.Idle, s => Frame(FrameType.Headers, Whole, s, [.. Block("/"), 0x00, 0x85, 0xF2, 0xB2, 0x4A, 0x84, 0xFF, 0x83, 0x49, 0x50, 0x90]), Http2Error.CompressionError),
        new("H5.2 the end-of-string code", StreamState.Idle, s => Frame(FrameType.Headers, Whole, s, [.. Block("/"), 0x00, 0x85, 0xF2, 0xB2, 0x4A, 0x84, 0xFF, 0x87, 0x49, 0x51, 0xFF, 0xFF, 0xFF, 0xFA, 0x7F]), Http2Error.CompressionError),
        new("H5.2 a text longer than its block", StreamState.Idle, s => Frame(FrameType.Headers, Whole, s, [.. Block("/"), 0x00, 0x7F, 0x10, (byte)'x']), Http2Error.CompressionError),
        new("H6.1 a field at index 0", StreamState.Idle, s => Frame(FrameType.Headers, Whole, s, [.. Block("/"), 0x80]), Http2Error.CompressionError),
        new("H2.3.3 a field beyond the table", StreamState.Idle, s => Frame(FrameType.Headers, Whole, s, [.. Block("/"), 0xC6]), Http2Error.CompressionError),
        new("H6.2 a name beyond the table", StreamState.Idle, s => Frame(FrameType.Headers, Whole, s, [.. Block("/"), 0x7F, 0x20, 1, (byte)'x']), Http2Error.CompressionError),
        new("H6.3 a table larger than allowed", StreamState.Idle, s => Frame(FrameType.Headers, Whole, s, [0x3F, 0xE1, 0x7F, .. Block("/")]), Http2Error.CompressionError),
        Served("H6.2 a field of the table that grows", StreamState.Idle, s => Frame(FrameType.Headers, Whole, s, [.. Block("/"), 0x40, 1, (byte)'x', 1, (byte)'y', 0xBE])),
    ];

    public override string ToString() => Name;

    private static ConformanceShape Served(string name, StreamState state, Func<uint, byte[]> frames) => new(name, state, frames) { IsWatched = true };

    private static ConformanceShape Head(string name, HeaderField[] fields, params Http2Error[] demanded) => Head(name, StreamState.Idle, fields, demanded);

    private static ConformanceShape Head(string name, StreamState state, HeaderField[] fields, params Http2Error[] demanded) =>
        new(name, state, s => FramePayload.HeaderFrames(FrameType.Headers, s, true, HpackEncoder.Encode(fields), 16_384), demanded) { IsWatched = true };

    /// <summary>A request that declares another length than it has.</summary>
    private static ConformanceShape Length(string name, int sent, int declared) => new(
        name,
        StreamState.Idle,
        s => [.. Request(s, "/", ends: false, "POST", new HeaderField("content-length", $"{declared}")), .. Frame(FrameType.Data, FrameFlags.EndStream, s, new byte[sent])],
        Http2Error.ProtocolError)
    { IsWatched = true };

    private static byte[] Started(uint stream) => Frame(FrameType.Headers, FrameFlags.EndStream, stream, Block("/"));

    private static byte[] Ping(byte content) => Frame(FrameType.Ping, 0, 0, content, 0, 0, 0, 0, 0, 0, 0);

    private static byte[] Priority(uint stream, uint on) => Frame(FrameType.Priority, 0, stream, [.. Number(on), 15]);

    private static byte[] Setting(byte id, uint value) => Frame(FrameType.Settings, 0, 0, [0, id, .. Number(value)]);

    private static byte[] InPieces(uint stream, byte[] block) =>
    [
        .. Frame(FrameType.Headers, FrameFlags.EndStream, stream, block[0]),
        .. block[1..].SelectMany(b => Frame(FrameType.Continuation, 0, stream, b)),
        .. Frame(FrameType.Continuation, FrameFlags.EndHeaders, stream),
    ];
}
