using System.Buffers;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Http2.Codec;

namespace Faultbox.Protocols.Http2.Proxy;

/// <summary>What happens to the frames of one direction of a stream.</summary>
internal enum Passage
{
    /// <summary>They pass.</summary>
    Pass,

    /// <summary>They are kept until the stream is released.</summary>
    Hold,

    /// <summary>They are taken off the connection.</summary>
    Discard,
}

/// <summary>A stream that a rule has touched, or that has another number toward the service. Guarded by the session's lock.</summary>
/// <param name="id">Number toward the client.</param>
/// <param name="request">The request; null when no rule looked at it.</param>
internal sealed class Http2Stream(uint id, Http2Request? request)
{
    private readonly CancellationTokenSource? _gone = request is null ? null : new();

    /// <summary>Number toward the client.</summary>
    public uint Id => id;

    /// <summary>The request; null when no rule looked at it.</summary>
    public Http2Request? Request => request;

    /// <summary>Number toward the service; 0 while the service does not know the stream.</summary>
    public uint UpstreamId { get; set; }

    /// <summary>Frames of the client.</summary>
    public Passage FromClient { get; set; }

    /// <summary>Frames of the service.</summary>
    public Passage FromServer { get; set; }

    /// <summary>True when the head is the whole request.</summary>
    public bool HeadEnds { get; init; }

    /// <summary>True when the client sends nothing more on it.</summary>
    public bool ClientEnded { get; set; }

    /// <summary>True when the service sends nothing more on it.</summary>
    public bool ServerEnded { get; set; }

    /// <summary>True while rules act on it: it is remembered until they are done.</summary>
    public bool IsActing { get; set; }

    /// <summary>True when nothing more is to pass on it.</summary>
    public bool IsOver => !IsActing && (UpstreamId == 0
        ? FromClient == Passage.Discard
        : ClientEnded && ServerEnded && FromClient != Passage.Hold && FromServer != Passage.Hold);

    /// <summary>Fires when the client has reset it, so that no rule waits on its behalf.</summary>
    public CancellationToken Gone => _gone?.Token ?? default;

    /// <summary>The client has reset it.</summary>
    public void Leave() => _gone?.Cancel();

    /// <summary>Credit of the client for an answer of a rule.</summary>
    public long Window { get; set; }

    /// <summary>Rules that act when the service has answered; null for none.</summary>
    public ProxyVerdict? OnResponse { get; set; }

    /// <summary>What a rule makes of the answer; null when it passes, or is replaced.</summary>
    public StreamChange? Change { get; set; }

    /// <summary>Fields of the request that the service gets in place of the client's; null for those.</summary>
    public IReadOnlyList<HeaderField>? OtherFields { get; set; }

    /// <summary>True while a <c>100 Continue</c> of the service is to be kept back, since the client has been sent one.</summary>
    public bool IsInvited { get; set; }

    /// <summary>Beginning of the body, while rules wait for it; null otherwise.</summary>
    public ArrayBufferWriter<byte>? Body { get; set; }

    /// <summary>What the beginning of the body has taken of the stream's window.</summary>
    public int BodyCost { get; set; }

    /// <summary>True when frames of the client that are kept wait for credit of the service, and no longer for a rule.</summary>
    public bool IsClientQueued { get; set; }

    /// <summary>True when frames of the service that are kept wait for credit of the client, and no longer for a rule.</summary>
    public bool IsServerQueued { get; set; }

    /// <summary>Frames of the client that are kept, without the head of the request.</summary>
    public Queue<HeldFrames> HeldFromClient { get; } = new();

    /// <summary>Frames of the service that are kept.</summary>
    public Queue<HeldFrames> HeldFromServer { get; } = new();
}
