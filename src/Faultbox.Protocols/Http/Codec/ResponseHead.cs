using System.Buffers.Text;

namespace Faultbox.Protocols.Http.Codec;

/// <summary>What a relay needs to know of a response head (RFC 9112 section 4).</summary>
internal readonly struct ResponseHead
{
    /// <summary>Status, 100 to 999.</summary>
    public int Status { get; private init; }

    /// <summary>Framing of the body when the answer to this request can have one.</summary>
    public BodyFraming Framing { get; private init; }

    /// <summary>True when the service ends the connection after this answer.</summary>
    public bool IsLast { get; private init; }

    /// <summary>True for an answer before the answer; 101 is a final one.</summary>
    public bool IsInterim => Status is >= 100 and < 200 and not 101;

    /// <summary>Reads a complete head.</summary>
    /// <returns>Why it is not understood; null when it is.</returns>
    public static string? Read(ReadOnlySpan<byte> head, out ResponseHead result)
    {
        result = default;
        var rest = head;
        var line = HeadLines.TakeLine(ref rest);
        if (!line.StartsWith("HTTP/1."u8) || line.Length < 12 || line[8] != ' ' || (line.Length > 12 && line[12] != ' ')
            || !Utf8Parser.TryParse(line.Slice(9, 3), out int status, out var consumed) || consumed != 3 || status < 100)
        {
            return "a line that is no HTTP/1 status line";
        }

        var fields = FramingFields.Read(rest);
        if (fields.Problem is { } problem)
        {
            return problem;
        }

        result = new ResponseHead
        {
            Status = status,
            Framing = fields.OfResponse(),
            IsLast = fields.Closes || (line.StartsWith("HTTP/1.0"u8) && !fields.KeepsAlive),
        };
        return null;
    }

    /// <summary>Framing of the body as the answer to a request.</summary>
    /// <param name="toHead">True when the request was HEAD.</param>
    public BodyFraming FramingFor(bool toHead) => toHead || Status is < 200 or 204 or 304 ? default : Framing;
}
