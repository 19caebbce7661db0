using Faultbox.Core.Proxying;
using Faultbox.Protocols.Http2.Codec;

namespace Faultbox.Protocols.Http2.Proxy;

/// <summary>What a rule makes of the answer on one stream, frame by frame as it arrives.</summary>
/// <param name="rule">The rule.</param>
internal abstract class StreamChange(ActiveProxyRule rule)
{
    /// <summary>The rule.</summary>
    public ActiveProxyRule Rule => rule;

    /// <summary>True once the head of the answer has come.</summary>
    public bool HasHead { get; set; }

    /// <summary>True once the answer differs from that of the service; recorded before its first byte leaves.</summary>
    public bool Acts { get; protected set; }

    /// <summary>True once it is known that the answer has nothing for the rule to act on.</summary>
    public bool IsIdle { get; protected set; }

    /// <summary>True when that was recorded, or the answer has ended without it.</summary>
    public bool IsSettled { get; set; }

    /// <summary>True when the client gets nothing more on the stream.</summary>
    public bool IsOver { get; set; }

    /// <summary>How the rule ends the stream; null while it does not.</summary>
    public StreamEnd? End { get; protected set; }

    /// <summary>The head that the client gets; null when the stream ends in its place, as <see cref="End"/> says.</summary>
    /// <param name="fields">The head of the service.</param>
    /// <param name="ends">True when the head is the whole answer.</param>
    public virtual IReadOnlyList<HeaderField>? Head(IReadOnlyList<HeaderField> fields, bool ends) => fields;

    /// <summary>The trailers that the client gets; null when the stream ends without any.</summary>
    public virtual IReadOnlyList<HeaderField>? Trailers(IReadOnlyList<HeaderField> fields) => fields;

    /// <summary>Takes data, which it may damage in place; returns how many of its bytes pass.</summary>
    public virtual int Take(Span<byte> data) => data.Length;

    /// <summary>True when two lists of fields are not the same.</summary>
    public static bool Differs(IReadOnlyList<HeaderField> left, IReadOnlyList<HeaderField> right) =>
        left.Count != right.Count || left.Zip(right).Any(p => !p.First.Is(p.Second.Name.Span) || !p.First.Value.Span.SequenceEqual(p.Second.Value.Span));

    /// <summary>Fields after a change.</summary>
    public static List<HeaderField> Changed(IReadOnlyList<HeaderField> fields, FieldChange change)
    {
        var replaced = change.Remove.Concat(change.Set.Select(f => f.Key)).Select(n => new HeaderField(n.ToLowerInvariant(), "").Name).ToList();
        return
        [
            .. fields.Where(f => !replaced.Exists(n => f.Is(n.Span))),
            .. change.Set.Concat(change.Add).Select(f => new HeaderField(f.Key.ToLowerInvariant(), f.Value)),
        ];
    }
}

/// <summary>The end that a rule makes of a stream: a reset, or trailers.</summary>
/// <param name="Reset">Code of the reset; null for trailers.</param>
/// <param name="Trailers">Trailer fields.</param>
internal sealed record StreamEnd(Http2Error? Reset, IReadOnlyList<HeaderField> Trailers);
