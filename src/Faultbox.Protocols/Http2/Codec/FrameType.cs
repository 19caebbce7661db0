namespace Faultbox.Protocols.Http2.Codec;

/// <summary>Frame types (RFC 9113 section 6).</summary>
internal enum FrameType : byte
{
    /// <summary>Body bytes.</summary>
    Data = 0,

    /// <summary>Opens a stream, or ends it with trailers.</summary>
    Headers = 1,

    /// <summary>Deprecated priority signal.</summary>
    Priority = 2,

    /// <summary>Ends a stream at once.</summary>
    ResetStream = 3,

    /// <summary>Parameters of the connection.</summary>
    Settings = 4,

    /// <summary>Announces a stream of the server.</summary>
    PushPromise = 5,

    /// <summary>Liveness.</summary>
    Ping = 6,

    /// <summary>Ends the connection after the streams that are under way.</summary>
    GoAway = 7,

    /// <summary>Flow-control credit.</summary>
    WindowUpdate = 8,

    /// <summary>More of a header block.</summary>
    Continuation = 9,
}

/// <summary>Frame flags (RFC 9113 section 6).</summary>
[Flags]
internal enum FrameFlags : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Last frame of the sender on a stream; acknowledgement of SETTINGS and PING.</summary>
    EndStream = 0x1,

    /// <summary>The header block is complete.</summary>
    EndHeaders = 0x4,

    /// <summary>The payload begins with a padding length and ends with padding.</summary>
    Padded = 0x8,

    /// <summary>The payload of HEADERS begins with five bytes of priority.</summary>
    Priority = 0x20,
}

/// <summary>Error codes (RFC 9113 section 7).</summary>
internal enum Http2Error : uint
{
    /// <summary>Graceful.</summary>
    NoError = 0,

    /// <summary>Protocol violation.</summary>
    ProtocolError = 1,

    /// <summary>Internal error.</summary>
    InternalError = 2,

    /// <summary>Flow-control violation.</summary>
    FlowControlError = 3,

    /// <summary>SETTINGS not acknowledged.</summary>
    SettingsTimeout = 4,

    /// <summary>Frame on a stream that is closed.</summary>
    StreamClosed = 5,

    /// <summary>Frame of a wrong size.</summary>
    FrameSizeError = 6,

    /// <summary>Not processed: may be repeated.</summary>
    RefusedStream = 7,

    /// <summary>No longer wanted.</summary>
    Cancel = 8,

    /// <summary>Header compression is out of step.</summary>
    CompressionError = 9,

    /// <summary>The tunnel of CONNECT failed.</summary>
    ConnectError = 10,

    /// <summary>Too much load.</summary>
    EnhanceYourCalm = 11,

    /// <summary>TLS is too weak.</summary>
    InadequateSecurity = 12,

    /// <summary>HTTP/1.1 is needed.</summary>
    Http11Required = 13,
}
