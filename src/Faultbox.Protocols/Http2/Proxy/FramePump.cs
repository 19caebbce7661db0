using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Http2.Codec;
using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Http2.Proxy;

/// <summary>
/// One direction of an HTTP/2 connection: cuts bytes into frames and passes on what is to pass, consecutive frames in one piece. A head
/// with its continuations counts as one frame.
/// </summary>
internal abstract class FramePump(Http2Session session, Leg source, FrameSink sink, TrafficDirection direction, string endReason) : IDisposable
{
    private const int MaximumHead = 256 * 1024;

    private readonly FrameBuffer _buffer = new(source);
    private int _position;
    private int _frameLength;
    private int? _tableSize;

    /// <summary>The session.</summary>
    protected Http2Session Session => session;

    /// <summary>Decodes the heads of this direction.</summary>
    protected HpackDecoder Decoder { get; } = new();

    /// <summary>Frames toward the sender of this direction.</summary>
    protected abstract FrameSink Answers { get; }

    /// <summary>Largest payload that the receiver of this direction takes.</summary>
    protected abstract int FrameSize { get; }

    /// <summary>The sender has ended its direction in order, which its receiver is about to learn.</summary>
    protected virtual void Ending()
    {
    }

    /// <summary>Completes when what was received before the end and has not left for a reason has left.</summary>
    protected virtual Task DeliveredAsync() => Task.CompletedTask;

    /// <summary>Bytes before the first frame.</summary>
    protected virtual int PrefaceLength => 0;

    /// <summary>The frame at hand, with its continuations. Valid until the next wait.</summary>
    protected Span<byte> Frame => _buffer.Available.Slice(_position, _frameLength);

    /// <summary>Passes frames until the sender ends its direction.</summary>
    public async Task<ConnectionEnd> RunAsync(Action shutdown)
    {
        try
        {
            var preface = PrefaceLength;
            var wanted = 0;
            while (true)
            {
                var count = await _buffer.ReceiveAsync(wanted, session.Over).ConfigureAwait(false);
                if (count == 0)
                {
                    _position = _buffer.Length;
                    await FlushAsync(skip: 0).ConfigureAwait(false);
                    await DeliveredAsync().ConfigureAwait(false);
                    if (source.HasFailed)
                    {
                        // The reset was told to the sender: the stream has not ended in order.
                        return new ConnectionEnd("io_error", Reset: true);
                    }

                    Ending();
                    session.HasEnd = true;
                    shutdown();
                    return new ConnectionEnd(endReason);
                }

                session.Connection.Count(direction, count);
                if (preface > 0)
                {
                    var taken = Math.Min(preface, _buffer.Length - _position);
                    preface -= taken;
                    _position += taken;
                }

                wanted = 0;
                while (preface == 0 && !session.IsLost && TryCut(out var header, out wanted))
                {
                    if (await HandleAsync(header).ConfigureAwait(false))
                    {
                        _position += _frameLength;
                    }
                    else if (!session.IsLost)
                    {
                        await FlushAsync(_frameLength).ConfigureAwait(false);
                    }
                }

                if (session.IsBlind)
                {
                    _position = _buffer.Length;
                }
                else if (session.IsLost)
                {
                    return await session.Ended.ConfigureAwait(false);
                }

                wanted = Math.Max(0, wanted);
                await FlushAsync(skip: 0).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            return new ConnectionEnd("context_cancel", Reset: true);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            await DeliveredAsync().ConfigureAwait(false);
            return new ConnectionEnd("io_error", Reset: true);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _buffer.Dispose();

    /// <summary>Handles the frame at hand; true to pass it on as it stands in the buffer.</summary>
    protected abstract ValueTask<bool> HandleAsync(FrameHeader header);

    /// <summary>Sends what was to pass before the frame at hand: call it before frames of another origin are written.</summary>
    protected ValueTask FlushAsync() => FlushAsync(skip: 0);

    /// <summary>The sender has said something that is not understood.</summary>
    protected void Misunderstand(string reason, Http2Error code) => session.Misunderstand(Answers, reason, code);

    /// <summary>The table size that the sender has announced since the last head was written anew; null for none.</summary>
    protected int? TakeTableSize()
    {
        var size = _tableSize;
        _tableSize = null;
        return size;
    }

    /// <summary>Decodes the head at hand; null, after the session was told, when it is malformed.</summary>
    /// <param name="header">Header of its first frame.</param>
    /// <param name="prefix">Bytes before the block: the promised stream of PUSH_PROMISE.</param>
    protected IReadOnlyList<HeaderField>? DecodeHead(FrameHeader header, int prefix = 0)
    {
        ReadOnlySpan<byte> payload = Frame.Slice(FrameHeader.Size, header.Length);
        if (!FramePayload.TryStrip(header, ref payload) || payload.Length < prefix)
        {
            Misunderstand("padding that does not fit its frame", FramePayload.StripError(header));
            return null;
        }

        var block = payload[prefix..];
        if (!header.Has(FrameFlags.EndHeaders))
        {
            block = Join(block, Frame[header.FrameLength..]);
        }

        if (Decoder.Decode(block) is { } problem)
        {
            Misunderstand(problem, Http2Error.CompressionError);
            return null;
        }

        _tableSize = Decoder.TableSize ?? _tableSize;
        return Decoder.Fields;
    }

    /// <summary>Gives every frame of the head at hand, or the frame at hand, another stream number.</summary>
    protected void Renumber(uint streamId) => Renumber(Frame, streamId);

    /// <summary>Gives every frame in a span another stream number.</summary>
    public static void Renumber(Span<byte> frames, uint streamId)
    {
        while (!frames.IsEmpty)
        {
            var header = FrameHeader.Read(frames);
            FrameHeader.WriteStreamId(frames, streamId);
            frames = frames[header.FrameLength..];
        }
    }

    private static byte[] Join(ReadOnlySpan<byte> first, ReadOnlySpan<byte> continuations)
    {
        var block = new List<byte>(first.Length + continuations.Length);
        block.AddRange(first);
        while (!continuations.IsEmpty)
        {
            var header = FrameHeader.Read(continuations);
            block.AddRange(continuations.Slice(FrameHeader.Size, header.Length));
            continuations = continuations[header.FrameLength..];
        }

        return [.. block];
    }

    /// <summary>Cuts the next frame, a head with all its continuations; false when it is not complete.</summary>
    private bool TryCut(out FrameHeader header, out int wanted)
    {
        var rest = _buffer.Available[_position..];
        header = default;
        wanted = 0;
        if (rest.Length < FrameHeader.Size)
        {
            return false;
        }

        header = FrameHeader.Read(rest);
        if (header.Length > FrameSize)
        {
            Misunderstand("a frame larger than its receiver takes", Http2Error.FrameSizeError);
            return false;
        }

        _frameLength = header.FrameLength;
        if (_frameLength > rest.Length)
        {
            wanted = _frameLength;
            return false;
        }

        if (header.Type == FrameType.Continuation)
        {
            Misunderstand("a continuation of nothing", Http2Error.ProtocolError);
            return false;
        }

        return header.Type is not (FrameType.Headers or FrameType.PushPromise) || header.Has(FrameFlags.EndHeaders)
            || TryCutContinuations(header, rest, out wanted);
    }

    private bool TryCutContinuations(FrameHeader head, ReadOnlySpan<byte> rest, out int wanted)
    {
        while (true)
        {
            wanted = _frameLength + FrameHeader.Size;
            if (_frameLength > MaximumHead)
            {
                // A block that is not decoded is a compression error (RFC 9113 section 4.3).
                Misunderstand("a head of more than 256 KiB", Http2Error.CompressionError);
                return false;
            }

            if (rest.Length < wanted)
            {
                return false;
            }

            var next = FrameHeader.Read(rest[_frameLength..]);
            if (next.Type != FrameType.Continuation || next.StreamId != head.StreamId)
            {
                Misunderstand("a head that is not continued", Http2Error.ProtocolError);
                return false;
            }

            if (next.Length > FrameSize)
            {
                Misunderstand("a frame larger than its receiver takes", Http2Error.FrameSizeError);
                return false;
            }

            wanted = _frameLength + next.FrameLength;
            if (rest.Length < wanted)
            {
                return false;
            }

            _frameLength = wanted;
            if (next.Has(FrameFlags.EndHeaders))
            {
                return true;
            }
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FlushAsync(int skip)
    {
        if (_position > 0)
        {
            await sink.RelayAsync(_buffer.Slice(0, _position), session.Over).ConfigureAwait(false);
        }

        _buffer.Consume(_position + skip);
        _position = 0;
    }
}
