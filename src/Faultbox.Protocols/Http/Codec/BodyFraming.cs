namespace Faultbox.Protocols.Http.Codec;

/// <summary>How the end of a message body is known (RFC 9112 section 6.3).</summary>
internal enum BodyKind
{
    /// <summary>There is no body.</summary>
    None,

    /// <summary>A number of bytes.</summary>
    Length,

    /// <summary>Chunks, a last chunk of size 0 and trailer lines.</summary>
    Chunked,

    /// <summary>Everything until the connection ends.</summary>
    UntilClose,
}

/// <summary>Framing of one body.</summary>
/// <param name="Kind">How its end is known.</param>
/// <param name="Length">Bytes of <see cref="BodyKind.Length"/>.</param>
internal readonly record struct BodyFraming(BodyKind Kind, long Length = 0);
