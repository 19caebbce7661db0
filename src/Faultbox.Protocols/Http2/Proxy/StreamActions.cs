using Faultbox.Core.Proxying;
using Faultbox.Protocols.Http2.Codec;
using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Http2.Proxy;

/// <summary>What rules do to streams: wait, answer, reset, release. Runs beside the frames of other streams.</summary>
internal static class StreamActions
{
    private const int Piece = 16_384;
    private static readonly TimeSpan HoldStep = TimeSpan.FromMilliseconds(20);

    /// <summary>The rules of a verdict that act when the service has answered; null when there are none.</summary>
    public static ProxyVerdict? OnResponse(ProxyVerdict verdict) =>
        verdict.Fired.Where(r => r.Fault.ActsOnAnswer).ToList() is { Count: > 0 } later ? new ProxyVerdict(later) : null;

    /// <summary>True when a rule of a verdict acts before the service sees the request.</summary>
    public static bool ActsOnRequest(ProxyVerdict verdict) => verdict.Fired.Any(r => !r.Fault.ActsOnAnswer);

    /// <summary>Acts on a request that is kept back; null releases it.</summary>
    public static async Task OnRequestAsync(Http2Session session, Http2Stream stream, ProxyVerdict? verdict)
    {
        foreach (var rule in verdict?.Fired.Where(r => r.Fault is { Action: ProxyAction.Delay, OnResponse: false }) ?? [])
        {
            session.Record(rule, stream);
            await WaitAsync(session, stream, rule.Fault.Delay).ConfigureAwait(false);
        }

        if (verdict?.Terminal is { Fault.ActsOnAnswer: false, Fault.Http: { } fault } acting)
        {
            await OnHttpRequestAsync(session, stream, acting, fault).ConfigureAwait(false);
        }
        else if (verdict?.Terminal is { Fault.ActsOnAnswer: false } terminal)
        {
            OnResponse(verdict)?.WithdrawAll();
            await DiscardRequestAsync(session, stream).ConfigureAwait(false);
            await ActAsync(session, stream, terminal).ConfigureAwait(false);
        }
        else
        {
            await ReleaseRequestAsync(session, stream).ConfigureAwait(false);
        }
    }

    /// <summary>True when the service does not get the request of a verdict.</summary>
    public static bool Withholds(ProxyVerdict verdict) => verdict.Terminal is { Fault: { ActsOnAnswer: false, Http: null } };

    private static async Task OnHttpRequestAsync(Http2Session session, Http2Stream stream, ActiveProxyRule rule, HttpFault fault)
    {
        switch (fault)
        {
            case HttpHeaders headers:
                var fields = StreamChange.Changed(stream.Request!.Fields, headers.Change);
                if (StreamChange.Differs(fields, stream.Request.Fields))
                {
                    session.Record(rule, stream);
                    stream.OtherFields = fields;
                }
                else
                {
                    rule.Withdraw();
                }

                break;
            case HttpGoAway goAway when session.IsAnnounced(rule, stream.Id, goAway):
                session.Record(rule, stream);
                var last = session.LastStream.GetValueOrDefault();
                await session.ToClient.WriteAsync(
                    FramePayload.GoAway(last, Http2ErrorName.Parse(goAway.Code) ?? Http2Error.NoError), session.Over).ConfigureAwait(false);
                if (!goAway.Graceful)
                {
                    session.End(new ConnectionEnd("rule_drop"));
                    return;
                }

                break;
            case HttpGoAway:
                rule.Withdraw();
                break;
            default:
                throw new InvalidOperationException($"{ProxyRuleText.Builtin(rule.Fault)}() does nothing to a request");
        }

        await ReleaseRequestAsync(session, stream).ConfigureAwait(false);
    }

    /// <summary>Acts on an answer of the service that is kept back or discarded.</summary>
    public static async Task OnResponseAsync(Http2Session session, Http2Stream stream, ProxyVerdict verdict)
    {
        foreach (var rule in verdict.Fired.Where(r => r.Fault.Action == ProxyAction.Delay))
        {
            session.Record(rule, stream);
            await WaitAsync(session, stream, rule.Fault.Delay).ConfigureAwait(false);
        }

        if (verdict.Terminal is { Fault.ChangesAnswer: false } terminal)
        {
            await ActAsync(session, stream, terminal).ConfigureAwait(false);
        }
        else
        {
            await ReleaseResponseAsync(session, stream).ConfigureAwait(false);
        }
    }

    /// <summary>Takes credit of a receiver for data, waiting for it while there is less than rules have made of it.</summary>
    public static async ValueTask TakeWindowAsync(Http2Session session, ConnectionWindow window, int bytes, Func<ValueTask> beforeWaiting)
    {
        while (true)
        {
            var changed = window.Changed;
            if (window.TryTake(bytes))
            {
                return;
            }

            await beforeWaiting().ConfigureAwait(false);
            await changed.WaitAsync(session.Over).ConfigureAwait(false);
        }
    }

    /// <summary>Takes credit of a receiver for frames that were kept.</summary>
    private static ValueTask TakeWindowAsync(Http2Session session, ConnectionWindow window, HeldFrames frames)
    {
        session.Hold(-frames.Bytes.Length);
        var data = HeldFrames.DataLength(frames.Bytes);
        if (frames.IsAdvanced)
        {
            window.Owe(data);
        }

        return TakeWindowAsync(session, window, data, static () => ValueTask.CompletedTask);
    }

    /// <summary>Waits on behalf of a client; ends early when it has reset the stream or the connection is over.</summary>
    private static async Task WaitAsync(Http2Session session, Http2Stream stream, TimeSpan delay)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(session.Over, stream.Gone);
        await Pause.ForAsync(delay, end.Token).ConfigureAwait(false);
    }

    private static async Task ActAsync(Http2Session session, Http2Stream stream, ActiveProxyRule rule)
    {
        var fault = rule.Fault;
        if (fault.Action != ProxyAction.Drop)
        {
            await WaitAsync(session, stream, fault.Delay).ConfigureAwait(false);
        }

        session.Record(rule, stream);
        if (session.Dialect.Answer(fault, stream.Request!) is { } answer)
        {
            await AnswerAsync(session, stream, answer).ConfigureAwait(false);
        }
        else if (fault.DropMode == DropMode.Close)
        {
            session.End(new ConnectionEnd("rule_drop"));
        }
        else
        {
            while (fault.DropMode == DropMode.Blackhole && session.Connection.Rules is { } rules && rules.MessageRules.Contains(rule))
            {
                await WaitAsync(session, stream, HoldStep).ConfigureAwait(false);
            }

            await ResetAsync(session, stream, session.Dialect.ResetCode(fault)).ConfigureAwait(false);
        }
    }

    private static async Task AnswerAsync(Http2Session session, Http2Stream stream, Http2Answer answer)
    {
        var onlyHead = answer.Body.IsEmpty && answer.Trailers.Count == 0;
        await WriteHeadAsync(session, stream, answer.Head, onlyHead).ConfigureAwait(false);
        var body = answer.Body;
        while (!body.IsEmpty)
        {
            var changed = session.Window.Changed;
            var room = (int)Math.Clamp(session.Guard(() => stream.Window), 0, Math.Min(Piece, body.Length));
            var count = session.Window.Borrow(room);
            if (IsGone(session, stream))
            {
                return;
            }

            if (count == 0)
            {
                await changed.WaitAsync(session.Over).ConfigureAwait(false);
                continue;
            }

            session.Guard(() => stream.Window -= count);
            var ends = count == body.Length && answer.Trailers.Count == 0;
            await session.ToClient.WriteAsync(FramePayload.Data(stream.Id, ends, body.Span[..count]), session.Over).ConfigureAwait(false);
            body = body[count..];
        }

        if (answer.Trailers.Count > 0)
        {
            await WriteHeadAsync(session, stream, answer.Trailers, ends: true).ConfigureAwait(false);
        }

        if (!session.Guard(() => stream.ClientEnded))
        {
            // The rest of the request is not wanted (RFC 9113 section 8.1).
            await ResetAsync(session, stream, Http2Error.NoError).ConfigureAwait(false);
        }
    }

    private static ValueTask WriteHeadAsync(Http2Session session, Http2Stream stream, IReadOnlyList<HeaderField> fields, bool ends) =>
        IsGone(session, stream)
            ? ValueTask.CompletedTask
            : session.ToClient.WriteAsync(
                FramePayload.HeaderFrames(FrameType.Headers, stream.Id, ends, HpackEncoder.Encode(fields), Piece), session.Over);

    private static async Task ResetAsync(Http2Session session, Http2Stream stream, Http2Error code)
    {
        session.Owed.Close(stream.UpstreamId);
        if (!IsGone(session, stream))
        {
            await session.ToClient.WriteAsync(FramePayload.ResetStream(stream.Id, code), session.Over).ConfigureAwait(false);
        }
    }

    /// <summary>True when the client has reset a stream that the service never saw.</summary>
    private static bool IsGone(Http2Session session, Http2Stream stream) =>
        session.Guard(() => stream is { UpstreamId: 0, ServerEnded: true });

    /// <summary>Takes what was kept of a request off the connection and gives the client credit for it.</summary>
    private static async Task DiscardRequestAsync(Http2Session session, Http2Stream stream)
    {
        var credit = session.Guard(() =>
        {
            stream.FromClient = Passage.Discard;
            return TakeHeld(session, stream.HeldFromClient);
        });
        if (credit > 0)
        {
            await session.ToClient.WriteAsync(FramePayload.WindowUpdate(0, credit), session.Over).ConfigureAwait(false);
        }
    }

    /// <summary>Empties a queue of kept frames; returns the credit that the sender is to be given for their data. Call it under the session's lock.</summary>
    public static int TakeHeld(Http2Session session, Queue<HeldFrames> held)
    {
        var credit = 0;
        while (held.TryDequeue(out var frames))
        {
            session.Hold(-frames.Bytes.Length);
            credit += frames.IsAdvanced ? 0 : HeldFrames.DataLength(frames.Bytes);
        }

        return credit;
    }

    private static async Task ReleaseRequestAsync(Http2Session session, Http2Stream stream)
    {
        if (IsGone(session, stream))
        {
            return;
        }

        var block = HpackEncoder.Encode(stream.OtherFields ?? stream.Request!.Fields);
        await session.ToServer.WriteAsync(
            () => session.Open(stream) is { } id ? FramePayload.HeaderFrames(FrameType.Headers, id, stream.HeadEnds, block, Piece) : [],
            session.Over).ConfigureAwait(false);
        if (!IsGone(session, stream))
        {
            await ReleaseBodyAsync(session, stream).ConfigureAwait(false);
        }
    }

    /// <summary>Sends what is kept of the client to the service.</summary>
    public static async Task ReleaseBodyAsync(Http2Session session, Http2Stream stream)
    {
        session.Guard(() => stream.IsClientQueued = true);
        while (session.Guard(() => Next(stream.HeldFromClient, () => (stream.FromClient, stream.IsClientQueued) = (Passage.Pass, false))) is { } frames)
        {
            await TakeWindowAsync(session, session.ServerWindow, frames).ConfigureAwait(false);
            FramePump.Renumber(frames.Bytes, stream.UpstreamId);
            await session.ToServer.WriteAsync(frames.Bytes, session.Over).ConfigureAwait(false);
        }
    }

    /// <summary>Sends what is kept of the service to the client.</summary>
    public static async Task ReleaseResponseAsync(Http2Session session, Http2Stream stream)
    {
        session.Guard(() => stream.IsServerQueued = true);
        while (session.Guard(() => Next(stream.HeldFromServer, () => (stream.FromServer, stream.IsServerQueued) = (Passage.Pass, false))) is { } frames)
        {
            await TakeWindowAsync(session, session.Window, frames).ConfigureAwait(false);
            await session.ToClient.WriteAsync(frames.Bytes, session.Over).ConfigureAwait(false);
        }
    }

    /// <summary>The next kept frame; with the last one taken the direction passes again.</summary>
    private static HeldFrames? Next(Queue<HeldFrames> held, Action pass)
    {
        if (held.TryDequeue(out var frames))
        {
            return frames;
        }

        pass();
        return null;
    }
}
