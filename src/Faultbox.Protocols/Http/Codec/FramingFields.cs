using System.Buffers.Text;
using System.Text;

namespace Faultbox.Protocols.Http.Codec;

/// <summary>
/// The fields of a head that decide where its message ends and what follows. Heads on which two readers could disagree (two lengths, a
/// length beside chunks, chunks within chunks, folded or malformed framing fields, control characters) are not understood.
/// </summary>
internal struct FramingFields
{
    private long _length;
    private bool _hasLength;
    private bool _hasCoding;

    /// <summary>True when the last transfer coding is chunked.</summary>
    public bool IsChunked { get; private set; }

    /// <summary>True when the message announces the end of the connection.</summary>
    public bool Closes { get; private set; }

    /// <summary>True when the message asks for the connection to be kept.</summary>
    public bool KeepsAlive { get; private set; }

    /// <summary>True when the message asks for another protocol.</summary>
    public bool Upgrades { get; private set; }

    /// <summary>True when the client waits for an interim answer before it sends the body.</summary>
    public bool ExpectsContinue { get; private set; }

    /// <summary>Why the head is not understood; null when it is.</summary>
    public string? Problem { get; private set; }

    /// <summary>Reads the field lines of a head, from the line after the start line to the empty line.</summary>
    public static FramingFields Read(ReadOnlySpan<byte> lines)
    {
        var fields = default(FramingFields);

        // A line that continues the request line is no field either.
        var previousFrames = true;
        while (!lines.IsEmpty && fields.Problem is null)
        {
            var line = HeadLines.TakeLine(ref lines);
            if (line.IsEmpty)
            {
                break;
            }

            if (HeadLines.HasControl(line))
            {
                fields.Problem = "a control character in a head";
            }
            else if (line[0] is (byte)' ' or (byte)'\t')
            {
                fields.Problem = previousFrames || IsFraming(line) ? "a folded framing field" : null;
            }
            else if (HeadLines.TrySplitField(line, out var name, out var value))
            {
                previousFrames = fields.Take(name, value);
            }
            else
            {
                fields.Problem = "a line that is no field";
            }
        }

        if (fields._hasLength && fields._hasCoding)
        {
            fields.Problem ??= "both content-length and transfer-encoding";
        }

        return fields;
    }

    /// <summary>Framing of a request with these fields.</summary>
    /// <param name="isOld">True for HTTP/1.0, which knows no transfer coding (RFC 9112 section 6.1).</param>
    public BodyFraming OfRequest(bool isOld)
    {
        if (_hasCoding && isOld)
        {
            Problem = "a transfer-encoding in HTTP/1.0";
        }
        else if (_hasCoding && !IsChunked)
        {
            Problem = "a request whose last transfer coding is not chunked";
        }

        return IsChunked ? new BodyFraming(BodyKind.Chunked) : _hasLength ? new BodyFraming(BodyKind.Length, _length) : default;
    }

    /// <summary>Framing of a response with these fields that may have a body.</summary>
    public readonly BodyFraming OfResponse() =>
        IsChunked ? new BodyFraming(BodyKind.Chunked)
        : _hasLength && !_hasCoding ? new BodyFraming(BodyKind.Length, _length)
        : new BodyFraming(BodyKind.UntilClose);

    /// <summary>Takes one field; true when it decides about framing.</summary>
    private bool Take(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        switch (name.Length)
        {
            case 14 when Ascii.EqualsIgnoreCase(name, "content-length"u8):
                TakeLength(value);
                return true;
            case 17 when Ascii.EqualsIgnoreCase(name, "transfer-encoding"u8):
                Problem = IsChunked ? "a transfer coding after chunked" : Problem;
                TakeCodings(value);
                _hasCoding = true;
                return true;
            case 10 when Ascii.EqualsIgnoreCase(name, "connection"u8):
                Closes |= HasToken(value, "close"u8);
                KeepsAlive |= HasToken(value, "keep-alive"u8);
                return false;
            case 7 when Ascii.EqualsIgnoreCase(name, "upgrade"u8):
                Upgrades = true;
                return false;
            case 6 when Ascii.EqualsIgnoreCase(name, "expect"u8):
                ExpectsContinue = Ascii.EqualsIgnoreCase(value, "100-continue"u8);
                return false;
            default:
                return false;
        }
    }

    private void TakeLength(ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty || value.IndexOfAnyExceptInRange((byte)'0', (byte)'9') >= 0
            || !Utf8Parser.TryParse(value, out long length, out var consumed) || consumed != value.Length)
        {
            Problem = "a malformed content-length";
        }
        else if (_hasLength && length != _length)
        {
            Problem = "two different content-lengths";
        }
        else
        {
            _length = length;
            _hasLength = true;
        }
    }

    private void TakeCodings(ReadOnlySpan<byte> value)
    {
        foreach (var range in value.Split((byte)','))
        {
            var coding = value[range].Trim(" \t"u8);
            Problem = IsChunked && !coding.IsEmpty ? "a transfer coding after chunked" : Problem;
            IsChunked |= Ascii.EqualsIgnoreCase(coding, "chunked"u8);
        }
    }

    /// <summary>True when a folded line would be a framing field for a reader that does not unfold it.</summary>
    private static bool IsFraming(ReadOnlySpan<byte> folded) =>
        HeadLines.TrySplitField(folded.Trim(" \t"u8), out var name, out _)
        && (Ascii.EqualsIgnoreCase(name, "content-length"u8) || Ascii.EqualsIgnoreCase(name, "transfer-encoding"u8));

    private static bool HasToken(ReadOnlySpan<byte> value, ReadOnlySpan<byte> token)
    {
        foreach (var range in value.Split((byte)','))
        {
            if (Ascii.EqualsIgnoreCase(value[range].Trim(" \t"u8), token))
            {
                return true;
            }
        }

        return false;
    }
}
