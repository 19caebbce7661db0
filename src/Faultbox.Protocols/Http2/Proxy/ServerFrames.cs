using System.Buffers.Binary;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Http2.Codec;

namespace Faultbox.Protocols.Http2.Proxy;

/// <summary>The direction from the service to the client: answers pass, unless a rule waits for them.</summary>
internal sealed class ServerFrames(Http2Session session)
    : FramePump(session, session.Connection.Upstream, session.ToClient, TrafficDirection.ServerToClient, "server_eof")
{
    private const int LeastAdvance = 4_096;

    private bool _rewrites;
    private int _advance;

    /// <inheritdoc/>
    protected override FrameSink Answers => Session.ToServer;

    /// <inheritdoc/>
    protected override int FrameSize => Session.ClientFrameSize;

    /// <inheritdoc/>
    protected override ValueTask<bool> HandleAsync(FrameHeader header) => header.Type switch
    {
        FrameType.Headers => HandleHeadAsync(header),
        FrameType.PushPromise => HandlePromiseAsync(header),
        FrameType.Data => HandleDataAsync(header),
        FrameType.Settings => ValueTask.FromResult(HandleSettings(header)),
        FrameType.GoAway => ValueTask.FromResult(HandleGoAway(header)),
        FrameType.ResetStream or FrameType.WindowUpdate => ValueTask.FromResult(HandleControl(header)),
        _ => ValueTask.FromResult(true),
    };

    /// <summary>What came before the end and is held by rules reaches the client before the end does.</summary>
    protected override Task DeliveredAsync() => Session.AnswersGivenAsync();

    /// <inheritdoc/>
    protected override void Ending()
    {
        if (Session.Connection.Owed?.Invoke() is { } owed)
        {
            Session.Connection.ReportUpstream(owed, "the service ended the connection before its answer was complete");
        }
    }

    private bool HandleSettings(FrameHeader header)
    {
        if (!header.Has(FrameFlags.EndStream))
        {
            var before = Session.ServerStreamWindow;
            Http2Settings.Read(Frame.Slice(FrameHeader.Size, header.Length), window => Session.ServerStreamWindow = window, frameSize => Session.ServerFrameSize = frameSize);
            if (Session.ServerStreamWindow < before)
            {
                Session.ServerWindowChanged?.Invoke();
            }
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
        if (ends)
        {
            Session.Owed.Close(header.StreamId);
        }
        else if (!IsInterim(fields))
        {
            Session.Owed.Begin(header.StreamId);
        }

        var stream = Session.FromServer(header.StreamId);
        if (stream is null && Session.IsForgotten(header.StreamId))
        {
            await BeginRewritingAsync().ConfigureAwait(false);
            return false;
        }

        if (stream is null)
        {
            return await PassHeadAsync(header.StreamId, fields, ends).ConfigureAwait(false);
        }

        if (stream.IsInvited && fields.Any(f => f.Is(":status"u8) && f.Value.Span.SequenceEqual("100"u8)))
        {
            stream.IsInvited = false;
            await BeginRewritingAsync().ConfigureAwait(false);
            return false;
        }

        if (stream.OnResponse is { } verdict && !IsInterim(fields))
        {
            stream.OnResponse = null;
            if (verdict.Terminal is { Fault.ChangesAnswer: true } rule)
            {
                stream.Change = Session.Dialect.Change(rule);
            }

            if (stream.Change is null || verdict.Fired.Count > 1)
            {
                stream.FromServer = verdict.Terminal is null || stream.Change is not null ? Passage.Hold : Passage.Discard;
                Session.Start(stream, () => StreamActions.OnResponseAsync(Session, stream, verdict), onAnswer: true);
            }
        }

        if (stream.Change is { } change && !IsInterim(fields))
        {
            await ChangeHeadAsync(stream, change, fields, ends).ConfigureAwait(false);
            return false;
        }

        if (stream.FromServer != Passage.Pass)
        {
            await BeginRewritingAsync().ConfigureAwait(false);
        }

        var passes = stream.FromServer == Passage.Pass
            || (stream.FromServer == Passage.Hold
                && !TryKeep(stream, FramePayload.HeaderFrames(FrameType.Headers, stream.Id, ends, HpackEncoder.Encode(fields), FrameSize), out _));
        if (ends)
        {
            Session.EndStream(stream, byClient: false);
        }

        if (!passes)
        {
            return false;
        }

        Renumber(stream.Id);
        return await PassHeadAsync(stream.Id, fields, ends).ConfigureAwait(false);
    }

    private async ValueTask BeginRewritingAsync()
    {
        await FlushAsync().ConfigureAwait(false);
        _rewrites = true;
        Session.Touch();
    }

    private async ValueTask<bool> PassHeadAsync(uint id, IReadOnlyList<HeaderField> fields, bool ends)
    {
        if (!_rewrites)
        {
            return true;
        }

        await FlushAsync().ConfigureAwait(false);
        var frames = FramePayload.HeaderFrames(FrameType.Headers, id, ends, HpackEncoder.Encode(fields, TakeTableSize()), FrameSize);
        await Session.ToClient.WriteAsync(frames, Session.Over).ConfigureAwait(false);
        return false;
    }

    /// <summary>Sends the head or the trailers that a rule makes of those of the service.</summary>
    private async ValueTask ChangeHeadAsync(Http2Stream stream, StreamChange change, IReadOnlyList<HeaderField> fields, bool ends)
    {
        await FlushAsync().ConfigureAwait(false);
        _rewrites = true;
        Session.Touch();
        if (ends)
        {
            Session.EndStream(stream, byClient: false);
        }

        if (change.IsOver)
        {
            return;
        }

        var changed = change.HasHead ? change.Trailers(fields) : change.Head(fields, ends);
        var isTrailers = change.HasHead;
        change.HasHead = true;
        Settle(stream, change, ends);
        if (changed is not null)
        {
            await SendAsync(
                stream, FramePayload.HeaderFrames(FrameType.Headers, stream.Id, ends, HpackEncoder.Encode(changed, TakeTableSize()), FrameSize))
                .ConfigureAwait(false);
        }
        else if (isTrailers && change.End is null)
        {
            await SendAsync(stream, FramePayload.Data(stream.Id, endStream: true, [])).ConfigureAwait(false);
        }

        if (change.End is { } end && (!ends || changed is null))
        {
            await EndAsync(stream, change, end).ConfigureAwait(false);
        }
    }

    /// <summary>Sends the data that a rule makes of those of the service, which gets credit for what does not pass.</summary>
    private async ValueTask ChangeDataAsync(Http2Stream stream, StreamChange change, FrameHeader header)
    {
        var ends = header.Has(FrameFlags.EndStream);
        ReadOnlySpan<byte> payload = Frame.Slice(FrameHeader.Size, header.Length);
        var data = FramePayload.TryStrip(header, ref payload) ? payload.ToArray() : [];
        await FlushAsync().ConfigureAwait(false);
        Session.Touch();
        if (ends)
        {
            Session.EndStream(stream, byClient: false);
        }

        var passes = change.IsOver ? 0 : change.Take(data);
        Settle(stream, change, ends);
        if (!change.IsOver && (passes > 0 || (ends && change.End is null)))
        {
            await SendAsync(stream, FramePayload.Data(stream.Id, ends && change.End is null, data.AsSpan(0, passes))).ConfigureAwait(false);
        }

        if (header.Length > passes)
        {
            await ReturnCreditAsync(header with { Length = header.Length - passes }, ends || change.End is not null).ConfigureAwait(false);
        }

        if (change is { IsOver: false, End: { } end })
        {
            await EndAsync(stream, change, end).ConfigureAwait(false);
        }
    }

    /// <summary>Ends a stream toward both sides: the client as the rule says, the service as by a client that has left.</summary>
    private async ValueTask EndAsync(Http2Stream stream, StreamChange change, StreamEnd end)
    {
        change.IsOver = true;
        var goesOn = Session.Guard(() =>
        {
            stream.FromClient = Passage.Discard;
            return !stream.ServerEnded;
        });
        await SendAsync(
            stream,
            end.Reset is { } code
                ? FramePayload.ResetStream(stream.Id, code)
                : FramePayload.HeaderFrames(FrameType.Headers, stream.Id, endStream: true, HpackEncoder.Encode(end.Trailers), FrameSize))
            .ConfigureAwait(false);
        Session.Owed.Close(stream.UpstreamId);
        if (goesOn)
        {
            await Session.ToServer.WriteAsync(FramePayload.ResetStream(stream.UpstreamId, Http2Error.Cancel), Session.Over).ConfigureAwait(false);
        }
    }

    /// <summary>Records a rule that acts, or takes back that it fired when it does not, which the end of the answer tells at the latest.</summary>
    private void Settle(Http2Stream stream, StreamChange change, bool ends)
    {
        if (change.IsSettled || !(change.Acts || change.IsIdle || ends))
        {
            return;
        }

        change.IsSettled = true;
        if (change.Acts)
        {
            Session.Record(change.Rule, stream);
        }
        else
        {
            change.Rule.Withdraw();
        }
    }

    /// <summary>Sends frames to the client, or keeps them while the stream waits.</summary>
    private async ValueTask SendAsync(Http2Stream stream, byte[] frames)
    {
        if (TryKeep(stream, frames, out var credit))
        {
            await AdvanceAsync(credit).ConfigureAwait(false);
            return;
        }

        if (FrameHeader.Read(frames) is { Type: FrameType.Data, Length: var length })
        {
            await StreamActions.TakeWindowAsync(Session, Session.Window, length, beforeWaiting: FlushAsync).ConfigureAwait(false);
        }

        await Session.ToClient.WriteAsync(frames, Session.Over).ConfigureAwait(false);
    }

    private async ValueTask<bool> HandlePromiseAsync(FrameHeader header)
    {
        const int PromisedId = 4;
        if (DecodeHead(header, PromisedId) is not { } fields)
        {
            return false;
        }

        var id = Session.FromServer(header.StreamId)?.Id ?? header.StreamId;
        if (!_rewrites)
        {
            Renumber(id);
            return true;
        }

        var padding = header.Has(FrameFlags.Padded) ? 1 : 0;
        byte[] block = [.. Frame.Slice(FrameHeader.Size + padding, PromisedId), .. HpackEncoder.Encode(fields, TakeTableSize())];
        await FlushAsync().ConfigureAwait(false);
        await Session.ToClient.WriteAsync(
            FramePayload.HeaderFrames(FrameType.PushPromise, id, endStream: false, block, FrameSize), Session.Over).ConfigureAwait(false);
        return false;
    }

    private async ValueTask<bool> HandleDataAsync(FrameHeader header)
    {
        if (header.Has(FrameFlags.EndStream))
        {
            Session.Owed.Close(header.StreamId);
        }

        var stream = Session.FromServer(header.StreamId);
        if (stream?.Change is { } change)
        {
            await ChangeDataAsync(stream, change, header).ConfigureAwait(false);
            return false;
        }

        var credit = 0;
        var passage = stream?.FromServer ?? (Session.IsForgotten(header.StreamId) ? Passage.Discard : Passage.Pass);
        var ends = header.Has(FrameFlags.EndStream);
        if (stream is not null)
        {
            Renumber(stream.Id);
            passage = passage == Passage.Hold && !TryKeep(stream, Frame.ToArray(), out credit) ? Passage.Pass : passage;
            if (ends)
            {
                Session.EndStream(stream, byClient: false);
            }
        }

        if (passage == Passage.Discard)
        {
            await ReturnCreditAsync(header, ends || stream is null).ConfigureAwait(false);
        }

        await AdvanceAsync(credit).ConfigureAwait(false);
        return passage == Passage.Pass && PassData(header, stream);
    }

    /// <summary>Lets data pass; those that the client has given no credit for wait, and nobody else does.</summary>
    private bool PassData(FrameHeader header, Http2Stream? stream)
    {
        if (Session.Window.TryTake(header.Length))
        {
            return true;
        }

        QueueData(header, stream);
        return false;
    }

    /// <summary>Keeps data until there is credit for them; apart from what passes, which is not to pay for what is remembered here.</summary>
    private void QueueData(FrameHeader header, Http2Stream? stream)
    {
        var waiting = stream ?? Session.Track(header.StreamId);
        var frame = Frame.ToArray();
        Session.Guard(() =>
        {
            waiting.FromServer = Passage.Hold;
            return Session.Keep(waiting.HeldFromServer, frame, isQueued: true);
        });
        if (stream is null && header.Has(FrameFlags.EndStream))
        {
            Session.EndStream(waiting, byClient: false);
        }

        Session.Start(waiting, () => StreamActions.ReleaseResponseAsync(Session, waiting), onAnswer: true);
    }

    /// <summary>
    /// Gives the service credit for data that is kept, once it adds up to something that other streams might miss: a service that has said
    /// all and gone would answer each of these frames with a reset.
    /// </summary>
    private async ValueTask AdvanceAsync(int credit)
    {
        _advance += credit;
        if (_advance >= LeastAdvance)
        {
            await FlushAsync().ConfigureAwait(false);
            await Session.ToServer.WriteAsync(FramePayload.WindowUpdate(0, _advance), Session.Over).ConfigureAwait(false);
            _advance = 0;
        }
    }

    /// <summary>Gives the service credit for data that nobody else will give it.</summary>
    private async ValueTask ReturnCreditAsync(FrameHeader header, bool ends)
    {
        if (header.Length > 0)
        {
            await FlushAsync().ConfigureAwait(false);
            await Session.ToServer.WriteAsync(FramePayload.WindowUpdate(0, header.Length), Session.Over).ConfigureAwait(false);
        }

        if (header.Length > 0 && !ends)
        {
            await Session.ToServer.WriteAsync(FramePayload.WindowUpdate(header.StreamId, header.Length), Session.Over).ConfigureAwait(false);
        }
    }

    private bool HandleControl(FrameHeader header)
    {
        if (header.Type == FrameType.ResetStream)
        {
            Session.Owed.Close(header.StreamId);
        }

        if (header is { StreamId: 0, Type: FrameType.WindowUpdate, Length: 4 })
        {
            var increment = FramePayload.Increment(Frame[FrameHeader.Size..]);
            var passed = Session.ServerWindow.Add(increment);
            BinaryPrimitives.WriteInt32BigEndian(Frame[FrameHeader.Size..], passed);
            return passed > 0 || increment == 0;
        }

        if (Session.FromServer(header.StreamId) is not { } stream)
        {
            return !Session.IsForgotten(header.StreamId);
        }

        if (stream.Change is { IsOver: true })
        {
            return false;
        }

        Renumber(stream.Id);
        if (header.Type == FrameType.ResetStream)
        {
            if (stream.Change is { } change)
            {
                Settle(stream, change, ends: true);
            }

            var passes = stream.FromServer == Passage.Pass || (stream.FromServer == Passage.Hold && !TryKeep(stream, Frame.ToArray(), out _));
            Session.ResetStream(stream, byClient: false);
            return passes;
        }

        // A request that is being released is one that the service knows.
        return stream.FromClient != Passage.Discard;
    }

    private bool HandleGoAway(FrameHeader header)
    {
        if (header.Length >= 8)
        {
            var last = BinaryPrimitives.ReadUInt32BigEndian(Frame[FrameHeader.Size..]) & 0x7FFF_FFFF;
            Session.Owed.CloseAfter(last);
            BinaryPrimitives.WriteUInt32BigEndian(Frame[FrameHeader.Size..], Session.LastClientId(last));
        }

        return true;
    }

    /// <summary>Keeps frames; false when the stream was released meanwhile.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="frames">The frames.</param>
    /// <param name="credit">What the service is to be given for them.</param>
    private bool TryKeep(Http2Stream stream, byte[] frames, out int credit)
    {
        var kept = Session.Guard(() => stream.FromServer == Passage.Hold ? Session.Keep(stream.HeldFromServer, frames, stream.IsServerQueued) : (int?)null);
        credit = kept ?? 0;
        return kept is not null;
    }

    private static bool IsInterim(IReadOnlyList<HeaderField> fields)
    {
        foreach (var field in fields)
        {
            if (field.Is(":status"u8))
            {
                return field.Value.Span.StartsWith("1"u8);
            }
        }

        return false;
    }
}
