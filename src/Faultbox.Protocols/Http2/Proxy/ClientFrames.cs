using System.Buffers;
using System.Buffers.Binary;
using Faultbox.Core.Events;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Http2.Codec;
using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Http2.Proxy;

/// <summary>The direction from the client to the service: rules are evaluated on the heads of requests.</summary>
internal sealed class ClientFrames : FramePump
{
    private const int BodyPrefix = 32 * 1024;
    private const int Preface = 24;
    private const string Invitation = "100";
    private const string Unseen = "the service gives no credit for bodies before it has seen their requests: rules on bodies cannot be asked";

    private uint _highestId;
    private bool _rewrites;

    /// <summary>Begins to relay what the client of a session sends.</summary>
    public ClientFrames(Http2Session session)
        : base(session, session.Connection.Client, session.ToServer, TrafficDirection.ClientToServer, "client_eof") =>
        session.ServerWindowChanged = DecideAll;

    /// <inheritdoc/>
    protected override FrameSink Answers => Session.ToClient;

    /// <inheritdoc/>
    protected override int FrameSize => Session.ServerFrameSize;

    /// <inheritdoc/>
    protected override int PrefaceLength => Preface;

    /// <inheritdoc/>
    protected override ValueTask<bool> HandleAsync(FrameHeader header) => header.Type switch
    {
        FrameType.Headers => HandleHeadAsync(header),
        FrameType.Data => HandleDataAsync(header),
        FrameType.Settings => ValueTask.FromResult(HandleSettings(header)),
        FrameType.WindowUpdate => ValueTask.FromResult(HandleWindowUpdate(header)),
        FrameType.ResetStream => HandleResetAsync(header),
        FrameType.Priority => ValueTask.FromResult(HandlePriority(header)),
        _ => ValueTask.FromResult(true),
    };

    private bool HandleSettings(FrameHeader header)
    {
        if (!header.Has(FrameFlags.EndStream))
        {
            Http2Settings.Read(
                Frame.Slice(FrameHeader.Size, header.Length),
                window => Session.ClientStreamWindow = window,
                frameSize => Session.ClientFrameSize = frameSize);
        }

        return true;
    }

    private async ValueTask<bool> HandleHeadAsync(FrameHeader header)
    {
        if (DecodeHead(header) is not { } fields)
        {
            return false;
        }

        var ends = header.Has(FrameFlags.EndStream);
        if (header.StreamId > _highestId)
        {
            if (!Http2Session.IsClientNumber(header.StreamId))
            {
                Misunderstand("a stream number that no client may use", Http2Error.ProtocolError);
                return false;
            }

            _highestId = header.StreamId;
            Session.LastRequest = _highestId;
            return await HandleRequestAsync(header.StreamId, fields, ends).ConfigureAwait(false);
        }

        var stream = Session.FromClient(header.StreamId);
        if (stream is null && Session.IsForgotten(header.StreamId))
        {
            await RefuseOverAsync(header.StreamId).ConfigureAwait(false);
            return false;
        }

        if (stream is not null && ends)
        {
            Session.EndStream(stream, byClient: true);
        }

        if (stream is { FromClient: Passage.Hold }
            && TryKeep(stream, FramePayload.HeaderFrames(FrameType.Headers, header.StreamId, ends, HpackEncoder.Encode(fields), FrameSize), out _))
        {
            Decide(stream, ends);
            return false;
        }

        return stream is not { FromClient: Passage.Discard }
            && await PassHeadAsync(stream?.UpstreamId ?? header.StreamId, fields, ends).ConfigureAwait(false);
    }

    private async ValueTask<bool> HandleRequestAsync(uint id, IReadOnlyList<HeaderField> fields, bool ends)
    {
        Session.Greet();
        if (Session.LastStream < id)
        {
            // The client was told that no further stream is served (RFC 9113 section 6.8).
            await BeginRewritingAsync(id).ConfigureAwait(false);
            Session.Add(new Http2Stream(id, request: null) { FromClient = Passage.Discard });
            return false;
        }

        fields = await WithHostAsync(id, fields).ConfigureAwait(false);
        if (Session.Connection.Rules is not { HasMessageRules: true } rules)
        {
            return await PassRequestAsync(id, stream: null, fields, ends).ConfigureAwait(false);
        }

        var request = new Http2Request(fields);
        var asksForBody = !ends && rules.AsksForBody(Session.Dialect.MessageOf(request, Session.Connection.Consumer, []));
        if (asksForBody && Session.ServerStreamWindow <= 0)
        {
            Session.Connection.Emit("proxy_parse_error", new EventField("reason", Unseen));
        }
        else if (asksForBody)
        {
            await BeginRewritingAsync(id).ConfigureAwait(false);
            await HoldForBodyAsync(id, request).ConfigureAwait(false);
            return false;
        }

        var verdict = Evaluate(rules, request, []);
        if (verdict is null)
        {
            return await PassRequestAsync(id, stream: null, fields, ends).ConfigureAwait(false);
        }

        var stream = new Http2Stream(id, request) { HeadEnds = ends, ClientEnded = ends, OnResponse = StreamActions.OnResponse(verdict) };
        Session.Add(stream);
        if (!StreamActions.ActsOnRequest(verdict))
        {
            return await PassRequestAsync(id, stream, fields, ends).ConfigureAwait(false);
        }

        await BeginRewritingAsync(id).ConfigureAwait(false);
        stream.FromClient = StreamActions.Withholds(verdict) ? Passage.Discard : Passage.Hold;
        Session.Start(stream, () => StreamActions.OnRequestAsync(Session, stream, verdict));
        return false;
    }

    private ProxyVerdict? Evaluate(InterfaceRules rules, Http2Request request, ReadOnlySpan<byte> body)
    {
        var message = Session.Dialect.MessageOf(request, Session.Connection.Consumer, body);
        return rules.EvaluatePart(rules.Count(message), message, Session.Dialect.Meets);
    }

    /// <summary>
    /// Keeps a request until rules have seen its body, and tells a client that waits for that to send it: the service must not hear of a request that
    /// a rule may yet keep from it.
    /// </summary>
    private async ValueTask HoldForBodyAsync(uint id, Http2Request request)
    {
        var waits = string.Equals(request.Header("expect"), "100-continue", StringComparison.OrdinalIgnoreCase);
        var stream = new Http2Stream(id, request) { FromClient = Passage.Hold, Body = new(), IsInvited = waits };
        Session.Add(stream);

        // The service may have changed its windows since they were looked at.
        Decide(stream, ends: false);
        if (waits)
        {
            var invitation = HpackEncoder.Encode([new HeaderField(":status", Invitation)]);
            await Session.ToClient.WriteAsync(
                FramePayload.HeaderFrames(FrameType.Headers, id, endStream: false, invitation, Session.ClientFrameSize), Session.Over).ConfigureAwait(false);
        }
    }

    /// <summary>Names the service where the client names the proxy.</summary>
    private async ValueTask<IReadOnlyList<HeaderField>> WithHostAsync(uint id, IReadOnlyList<HeaderField> fields)
    {
        if (Session.Connection.Names is not { } names || !fields.Any(f => IsOwnHost(f, names)))
        {
            return fields;
        }

        List<HeaderField> replaced = [.. fields.Select(f => IsOwnHost(f, names) ? f with { Value = names.Authority } : f)];
        await BeginRewritingAsync(id).ConfigureAwait(false);
        return replaced;
    }

    private static bool IsOwnHost(HeaderField field, ProxyNames names) =>
        (field.Is(":authority"u8) || field.Is("host"u8)) && names.Contains(field.Value.Span);

    private async ValueTask<bool> PassRequestAsync(uint id, Http2Stream? stream, IReadOnlyList<HeaderField> fields, bool ends)
    {
        if (!_rewrites)
        {
            Session.Open(id, stream, ends);
            return true;
        }

        await FlushAsync().ConfigureAwait(false);
        var block = HpackEncoder.Encode(fields, TakeTableSize());
        await Session.ToServer.WriteAsync(
            () => FramePayload.HeaderFrames(FrameType.Headers, Session.Open(id, stream, ends), ends, block, FrameSize), Session.Over).ConfigureAwait(false);
        return false;
    }

    private async ValueTask<bool> PassHeadAsync(uint upstreamId, IReadOnlyList<HeaderField> fields, bool ends)
    {
        if (!_rewrites)
        {
            return true;
        }

        await FlushAsync().ConfigureAwait(false);
        var frames = FramePayload.HeaderFrames(FrameType.Headers, upstreamId, ends, HpackEncoder.Encode(fields, TakeTableSize()), FrameSize);
        await Session.ToServer.WriteAsync(frames, Session.Over).ConfigureAwait(false);
        return false;
    }

    private async ValueTask BeginRewritingAsync(uint id)
    {
        Session.TrackFrom(id);
        await FlushAsync().ConfigureAwait(false);
        _rewrites = true;
        Session.Touch();
    }

    private async ValueTask<bool> HandleDataAsync(FrameHeader header)
    {
        var stream = Session.FromClient(header.StreamId);
        if (stream is null)
        {
            if (!Session.IsForgotten(header.StreamId))
            {
                return PassData(header, stream: null);
            }

            if (header.StreamId > _highestId)
            {
                return RefuseIdle(header.StreamId);
            }

            await ReturnCreditAsync(header.Length).ConfigureAwait(false);
            await RefuseOverAsync(header.StreamId).ConfigureAwait(false);
            return false;
        }

        var ends = header.Has(FrameFlags.EndStream);
        if (ends)
        {
            Session.EndStream(stream, byClient: true);
        }

        if (stream.FromClient == Passage.Hold && TryKeep(stream, Frame.ToArray(), out var credit))
        {
            TakeBody(stream, header);
            Decide(stream, ends);
            await ReturnCreditAsync(credit).ConfigureAwait(false);
            return false;
        }

        if (stream.FromClient == Passage.Pass)
        {
            return PassData(header, stream);
        }

        await ReturnCreditAsync(header.Length).ConfigureAwait(false);
        return false;
    }

    /// <summary>Lets data pass; those that the service has given no credit for wait, and nobody else does.</summary>
    private bool PassData(FrameHeader header, Http2Stream? stream)
    {
        if (!Session.ServerWindow.TryTake(header.Length))
        {
            QueueData(header, stream);
            return false;
        }

        return stream is null || Pass(stream);
    }

    /// <summary>Keeps data until there is credit for them; apart from what passes, which is not to pay for what is remembered here.</summary>
    private void QueueData(FrameHeader header, Http2Stream? stream)
    {
        var waiting = stream ?? Session.Track(header.StreamId);
        var frame = Frame.ToArray();
        Session.Guard(() =>
        {
            waiting.FromClient = Passage.Hold;
            return Session.Keep(waiting.HeldFromClient, frame, isQueued: true);
        });
        if (stream is null && header.Has(FrameFlags.EndStream))
        {
            Session.EndStream(waiting, byClient: true);
        }

        Session.Start(waiting, () => StreamActions.ReleaseBodyAsync(Session, waiting));
    }

    /// <summary>Refuses a stream that has not begun (RFC 9113 section 5.1).</summary>
    /// <returns>False: no frame of such a stream passes, nor of one that is over.</returns>
    private bool RefuseIdle(uint id)
    {
        if (id > _highestId)
        {
            Misunderstand("a frame on a stream that has not begun", Http2Error.ProtocolError);
        }

        return false;
    }

    /// <summary>Refuses more of a stream that its client has ended; what was under way when another one ended it is ignored (RFC 9113 section 5.1).</summary>
    private async ValueTask RefuseOverAsync(uint id)
    {
        if (!Session.IsCut(id))
        {
            await FlushAsync().ConfigureAwait(false);
            await Session.ToClient.WriteAsync(FramePayload.ResetStream(id, Http2Error.StreamClosed), Session.Over).ConfigureAwait(false);
        }
    }

    /// <summary>Gives the client credit for data that the service never sees.</summary>
    private async ValueTask ReturnCreditAsync(int bytes)
    {
        if (bytes > 0)
        {
            await FlushAsync().ConfigureAwait(false);
            await Session.ToClient.WriteAsync(FramePayload.WindowUpdate(0, bytes), Session.Over).ConfigureAwait(false);
        }
    }

    private void TakeBody(Http2Stream stream, FrameHeader header)
    {
        ReadOnlySpan<byte> content = Frame.Slice(FrameHeader.Size, header.Length);
        if (!FramePayload.TryStrip(header, ref content))
        {
            Misunderstand("padding that does not fit its frame", FramePayload.StripError(header));
        }
        else if (stream.Body is not null)
        {
            var part = content.ToArray();
            Session.Guard(() =>
            {
                stream.BodyCost += header.Length;
                if (stream.Body is { } body)
                {
                    body.Write(part);
                }

                return true;
            });
        }
    }

    /// <summary>The service has changed its windows: it may have room for less of a body than what is waited for.</summary>
    private void DecideAll()
    {
        foreach (var stream in Session.Guard(() => Session.Streams.Where(s => s.Body is not null).ToList()))
        {
            Decide(stream, stream.ClientEnded);
        }
    }

    /// <summary>Evaluates a request that was kept for its body, once there is enough of it.</summary>
    private void Decide(Http2Stream stream, bool ends)
    {
        // The window of the stream is the service's, who does not know of it yet: more than it has room for cannot come.
        var body = Session.Guard(() =>
        {
            var taken = stream.Body is { } prefix
                && (ends || stream.BodyCost >= Math.Min(BodyPrefix, Session.ServerStreamWindow) || Session.Dialect.IsBodyPrefixComplete(prefix.WrittenSpan))
                ? prefix
                : null;
            stream.Body = taken is null ? stream.Body : null;
            return taken;
        });
        if (body is null)
        {
            return;
        }

        if (!ends && body.WrittenCount == 0)
        {
            Session.Connection.Emit("proxy_parse_error", new EventField("reason", Unseen));
        }

        var problem = Session.Dialect.BodyProblem(stream.Request!, body.WrittenSpan, ends);
        if (problem is not null)
        {
            Session.Connection.Emit("proxy_parse_error", new EventField("reason", problem));
        }

        var verdict = Session.Connection.Rules is { } rules
            ? Evaluate(rules, stream.Request!, problem is null ? body.WrittenSpan : [])
            : null;
        stream.OnResponse = verdict is null ? null : StreamActions.OnResponse(verdict);
        Session.Start(stream, () => StreamActions.OnRequestAsync(Session, stream, verdict));
    }

    /// <summary>Keeps frames; false when the stream was released meanwhile.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="frames">The frames.</param>
    /// <param name="credit">What the client is to be given for them.</param>
    private bool TryKeep(Http2Stream stream, byte[] frames, out int credit)
    {
        var kept = Session.Guard(() => stream.FromClient == Passage.Hold ? Session.Keep(stream.HeldFromClient, frames, stream.IsClientQueued) : (int?)null);
        credit = kept ?? 0;
        return kept is not null;
    }

    private bool HandleWindowUpdate(FrameHeader header)
    {
        if (header.Length != 4)
        {
            return true;
        }

        var increment = FramePayload.Increment(Frame[FrameHeader.Size..]);
        if (header.StreamId == 0)
        {
            var passed = Session.Window.Add(increment);
            BinaryPrimitives.WriteInt32BigEndian(Frame[FrameHeader.Size..], passed);

            // An increment of 0 is an error that the service has to see (RFC 9113 section 6.9).
            return passed > 0 || increment == 0;
        }

        if (Session.FromClient(header.StreamId) is not { } stream)
        {
            return !Session.IsForgotten(header.StreamId) || RefuseIdle(header.StreamId);
        }

        Session.Grant(stream, increment);
        if (stream is { FromClient: Passage.Hold, UpstreamId: 0 } && TryKeep(stream, Frame.ToArray(), out _))
        {
            return false;
        }

        // Credit does not queue behind data: the service may need it to take more of them.
        return stream.FromClient != Passage.Discard && Pass(stream);
    }

    private async ValueTask<bool> HandleResetAsync(FrameHeader header)
    {
        if (Session.FromClient(header.StreamId) is not { } stream)
        {
            Session.Owed.Close(header.StreamId);
            return !Session.IsForgotten(header.StreamId) || RefuseIdle(header.StreamId);
        }

        stream.Leave();
        var (passes, toClient, toServer) = Session.Guard(() => Reset(stream));
        Session.ResetStream(stream, byClient: true);
        Session.Window.Wake();
        await ReturnCreditAsync(toClient).ConfigureAwait(false);
        if (toServer > 0)
        {
            await FlushAsync().ConfigureAwait(false);
            await Session.ToServer.WriteAsync(FramePayload.WindowUpdate(0, toServer), Session.Over).ConfigureAwait(false);
        }

        return passes && Pass(stream);
    }

    /// <summary>Takes a reset; tells whether it passes, and the credit to return for data that was kept of both directions.</summary>
    private (bool Passes, int ToClient, int ToServer) Reset(Http2Stream stream)
    {
        if (stream is { FromClient: Passage.Hold, UpstreamId: not 0 })
        {
            // Its head has left, what follows it is on its way.
            Session.Keep(stream.HeldFromClient, Frame.ToArray(), isQueued: true);
            return default;
        }

        stream.OnResponse = null;
        var toServer = StreamActions.TakeHeld(Session, stream.HeldFromServer);
        if (stream.FromServer == Passage.Hold)
        {
            stream.FromServer = Passage.Discard;
        }

        if (stream.FromClient == Passage.Pass)
        {
            return (true, 0, toServer);
        }

        stream.FromClient = Passage.Discard;
        return (stream.UpstreamId != 0, StreamActions.TakeHeld(Session, stream.HeldFromClient), toServer);
    }

    private bool HandlePriority(FrameHeader header) =>
        Session.FromClient(header.StreamId) is { } stream ? stream.FromClient == Passage.Pass && Pass(stream) : !Session.IsForgotten(header.StreamId);

    private bool Pass(Http2Stream stream)
    {
        Renumber(stream.UpstreamId);
        return true;
    }
}
