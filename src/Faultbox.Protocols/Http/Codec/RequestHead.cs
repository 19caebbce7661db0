using System.Text;

namespace Faultbox.Protocols.Http.Codec;

/// <summary>What a relay needs to know of a request head (RFC 9112 section 3). Ranges refer to the bytes of the head.</summary>
internal readonly struct RequestHead
{
    /// <summary>Method, case-sensitive.</summary>
    public Range Method { get; private init; }

    /// <summary>Request target as sent.</summary>
    public Range Target { get; private init; }

    /// <summary>Where the field lines begin.</summary>
    public int Fields { get; private init; }

    /// <summary>Framing of the body.</summary>
    public BodyFraming Framing { get; private init; }

    /// <summary>True for HEAD, whose answer has no body.</summary>
    public bool IsHead { get; private init; }

    /// <summary>True when the answer may turn the connection into a tunnel: CONNECT, or an upgrade.</summary>
    public bool MayTunnel { get; private init; }

    /// <summary>True for CONNECT.</summary>
    public bool IsConnect { get; private init; }

    /// <summary>True when the client does not use the connection for another request.</summary>
    public bool IsLast { get; private init; }

    /// <summary>True when the client waits for an interim answer before it sends the body.</summary>
    public bool ExpectsContinue { get; init; }

    /// <summary>Reads a complete head.</summary>
    /// <param name="head">The head without empty lines before it, up to and including its empty line.</param>
    /// <param name="result">The head.</param>
    /// <returns>Why it is not understood; null when it is.</returns>
    public static string? Read(ReadOnlySpan<byte> head, out RequestHead result)
    {
        result = default;
        var rest = head;
        var line = HeadLines.TakeLine(ref rest);
        var first = line.IndexOf((byte)' ');
        var last = line.LastIndexOf((byte)' ');
        if (first <= 0 || last <= first + 1 || !HeadLines.IsToken(line[..first]) || !IsVersion(line[(last + 1)..])
            || line[(first + 1)..last].IndexOfAnyInRange((byte)0, (byte)' ') >= 0)
        {
            return "a line that is no HTTP/1 request line";
        }

        var fields = FramingFields.Read(rest);
        var isOld = line.EndsWith("HTTP/1.0"u8);
        var framing = fields.OfRequest(isOld);
        if (fields.Problem is { } problem)
        {
            return problem;
        }

        var method = line[..first];
        var isConnect = method.SequenceEqual("CONNECT"u8);
        result = new RequestHead
        {
            Method = ..first,
            Target = (first + 1)..last,
            Fields = head.Length - rest.Length,
            Framing = framing,
            IsHead = method.SequenceEqual("HEAD"u8),
            IsConnect = isConnect,
            MayTunnel = isConnect || fields.Upgrades,
            IsLast = fields.Closes || (isOld && !fields.KeepsAlive),

            // Interim answers are unknown to HTTP/1.0 (RFC 9110 section 10.1.1).
            ExpectsContinue = fields.ExpectsContinue && !isOld,
        };
        return null;
    }

    private static bool IsVersion(ReadOnlySpan<byte> text) => text.Length == 8 && text.StartsWith("HTTP/1."u8) && char.IsAsciiDigit((char)text[7]);

    /// <summary>Where the value of the first field of a name is; null when the head has none.</summary>
    /// <param name="head">The head that was read.</param>
    /// <param name="name">Field name in lower case.</param>
    public Range? Find(ReadOnlySpan<byte> head, ReadOnlySpan<byte> name)
    {
        var rest = head[Fields..];
        while (!rest.IsEmpty)
        {
            var line = HeadLines.TakeLine(ref rest);
            if (HeadLines.TrySplitField(line, out var field, out var value) && Ascii.EqualsIgnoreCase(field, name)
                && head.Overlaps(value, out var start))
            {
                return start..(start + value.Length);
            }
        }

        return null;
    }

    /// <summary>Value of a field, repeated values joined by a comma and a space; null when absent.</summary>
    /// <param name="head">The head that was read.</param>
    /// <param name="name">Field name; its case is irrelevant.</param>
    public string? FieldOf(ReadOnlySpan<byte> head, string name)
    {
        string? joined = null;
        var rest = head[Fields..];
        while (!rest.IsEmpty)
        {
            var line = HeadLines.TakeLine(ref rest);
            if (HeadLines.TrySplitField(line, out var field, out var value) && Ascii.EqualsIgnoreCase(field, name))
            {
                var text = Encoding.Latin1.GetString(value);
                joined = joined is null ? text : $"{joined}, {text}";
            }
        }

        return joined;
    }
}
