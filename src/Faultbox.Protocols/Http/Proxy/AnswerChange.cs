using Faultbox.Core.Proxying;
using Faultbox.Protocols.Http.Codec;

namespace Faultbox.Protocols.Http.Proxy;

/// <summary>What a rule makes of one answer of the service on its way to the client.</summary>
/// <param name="Head">The head that the client gets.</param>
/// <param name="Body">What becomes of the body; null when it passes as it is.</param>
internal sealed record AnswerChange(byte[] Head, BodyChange? Body)
{
    /// <summary>The change that a fault makes; null when the answer has nothing for it to act on.</summary>
    /// <param name="fault">The fault.</param>
    /// <param name="bytes">The head of the service.</param>
    /// <param name="head">The same, read.</param>
    /// <param name="framing">Framing of the body as the answer to its request.</param>
    /// <param name="toHead">True when the request was HEAD.</param>
    /// <param name="tunnels">True when what follows the head is a tunnel.</param>
    public static AnswerChange? Of(
        HttpFault fault, ReadOnlySpan<byte> bytes, ResponseHead head, BodyFraming framing, bool toHead, bool tunnels) => fault switch
        {
            HttpTruncate truncate => Truncated(truncate, framing, tunnels) is { } body ? new AnswerChange(bytes.ToArray(), body) : null,
            HttpSlowBody slow => framing.Kind == BodyKind.None ? null : new AnswerChange(bytes.ToArray(), new SlowBody(framing, slow)),
            HttpSlowHead => new AnswerChange(bytes.ToArray(), Body: null),
            HttpContentLength length => WithLength(length, bytes, head),
            HttpBadChunk chunk => Chunked(chunk.Kind, bytes, tunnels ? default : framing),
            HttpHeaders headers => Differing(WithFields(bytes, headers.Change), bytes),
            HttpOtherStatus status when status.Code == head.Status => null,
            HttpOtherStatus status when tunnels => Refused(status.Code, bytes, framing),
            HttpOtherStatus status => WithStatus(status.Code, bytes, head, toHead, framing),
            _ => throw new InvalidOperationException($"http_fault.{fault.Name}() changes no answer"),
        };

    /// <summary>A head with other fields.</summary>
    public static byte[] WithFields(ReadOnlySpan<byte> head, FieldChange change)
    {
        var editor = new HeadEditor(head);
        editor.Apply(change);
        return editor.ToBytes();
    }

    /// <summary>Another head; null when it is that of the service.</summary>
    private static AnswerChange? Differing(byte[] changed, ReadOnlySpan<byte> head) =>
        head.SequenceEqual(changed) ? null : new AnswerChange(changed, Body: null);

    /// <summary>A head that declares another length; null for one that declares none.</summary>
    private static AnswerChange? WithLength(HttpContentLength fault, ReadOnlySpan<byte> bytes, ResponseHead head)
    {
        if (head.Framing is not { Kind: BodyKind.Length, Length: var declared })
        {
            return null;
        }

        var editor = new HeadEditor(bytes);
        editor.Set("Content-Length", fault.Of(declared));
        return new AnswerChange(editor.ToBytes(), Body: null);
    }

    /// <summary>A body that ends early; null when it is known to end before the cut, or is a tunnel, which has no shares.</summary>
    private static BodyChange? Truncated(HttpTruncate fault, BodyFraming framing, bool tunnels) => framing.Kind switch
    {
        BodyKind.None => null,
        _ when tunnels && fault.At.Bytes is null => null,
        BodyKind.Length when fault.At.In(framing.Length) >= framing.Length => null,
        BodyKind.Chunked or BodyKind.UntilClose when fault.At.Bytes is null => new TruncatedShare(framing, fault),
        _ => new TruncatedBody(framing, fault.At.In(framing.Length), fault.Reset),
    };

    private static AnswerChange? Chunked(ChunkDamage kind, ReadOnlySpan<byte> head, BodyFraming framing)
    {
        if (framing.Kind == BodyKind.None)
        {
            return null;
        }

        var editor = new HeadEditor(head);
        editor.Remove("content-length");
        editor.Set("Transfer-Encoding", "chunked");
        return new AnswerChange(editor.ToBytes(), new DamagedChunks(framing, kind));
    }

    /// <summary>The client is told of no tunnel, and there is nothing else to tell it.</summary>
    private static AnswerChange Refused(int status, ReadOnlySpan<byte> head, BodyFraming framing)
    {
        var editor = new HeadEditor(head);
        editor.SetStatus(status, ReasonPhrase.Of(status));
        editor.Remove("upgrade");
        editor.Set("Connection", "close");
        editor.Set("Content-Length", "0");
        return new AnswerChange(editor.ToBytes(), new TruncatedBody(framing, at: 0, resets: false));
    }

    private static AnswerChange WithStatus(int status, ReadOnlySpan<byte> bytes, ResponseHead head, bool toHead, BodyFraming framing)
    {
        var editor = new HeadEditor(bytes);
        editor.SetStatus(status, ReasonPhrase.Of(status));
        if (status is 204 or 304)
        {
            editor.Remove("content-length");
            editor.Remove("transfer-encoding");
            return new AnswerChange(editor.ToBytes(), framing.Kind == BodyKind.None ? null : new DiscardedBody(framing));
        }

        if (head.Status is 204 or 304 && !toHead)
        {
            editor.Remove("transfer-encoding");
            editor.Set("Content-Length", "0");
        }

        return new AnswerChange(editor.ToBytes(), Body: null);
    }
}
