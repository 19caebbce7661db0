using System.Buffers;

namespace Faultbox.Protocols.Http.Codec;

/// <summary>
/// Follows a body through the bytes of a stream: tells which bytes belong to it and when it has ended. Data bytes are counted, not
/// looked at. Chunked coding as in RFC 9112 section 7.1; a bare LF counts as a line end, a bare CR does not.
/// </summary>
internal struct BodyScanner
{
    private const int MaximumSizeDigits = 15;

    private enum State : byte
    {
        Data,
        Size,
        Extension,
        SizeLineFeed,
        ChunkEnd,
        ChunkEndLineFeed,
        TrailerStart,
        TrailerEmpty,
        TrailerLine,
        TrailerLineFeed,
        Complete,
        Malformed,
    }

    private readonly BodyKind _kind;
    private State _state;
    private int _digits;
    private long _remaining;
    private long? _room;

    /// <summary>Starts before the first byte of a body.</summary>
    public BodyScanner(BodyFraming framing)
    {
        _kind = framing.Kind;
        _remaining = framing.Length;
        _state = framing switch
        {
            { Kind: BodyKind.None } or { Kind: BodyKind.Length, Length: 0 } => State.Complete,
            { Kind: BodyKind.Chunked } => State.Size,
            _ => State.Data,
        };
    }

    /// <summary>True when the last byte of the body has been taken.</summary>
    public readonly bool IsComplete => _state == State.Complete;

    /// <summary>True when the bytes are no chunked coding.</summary>
    public readonly bool IsMalformed => _state == State.Malformed;

    /// <summary>True when the end of the connection is the end of the body.</summary>
    public readonly bool EndsWithConnection => _kind == BodyKind.UntilClose;

    /// <summary>True when as much data has been taken as <see cref="Limit"/> allows.</summary>
    public readonly bool IsAtLimit => _room == 0;

    /// <summary>Data bytes that come next before anything that has to be looked at.</summary>
    public readonly long DataAhead => _state != State.Data ? 0 : EndsWithConnection ? long.MaxValue : _remaining;

    /// <summary>Takes no more than so much data: the bytes after it stay.</summary>
    public void Limit(long data) => _room = data;

    /// <summary>Takes data bytes without looking at them, at most <see cref="DataAhead"/>.</summary>
    public void Skip(int count)
    {
        if (EndsWithConnection)
        {
            return;
        }

        _remaining -= count;
        if (_remaining == 0)
        {
            _state = _kind == BodyKind.Chunked ? State.ChunkEnd : State.Complete;
        }
    }

    /// <summary>Takes the bytes that belong to the body and returns how many these are.</summary>
    /// <param name="bytes">The next bytes of the stream.</param>
    /// <param name="decoded">Receives the data bytes without chunk framing; null when nobody wants them.</param>
    public int Take(ReadOnlySpan<byte> bytes, IBufferWriter<byte>? decoded = null)
    {
        var position = 0;
        while (position < bytes.Length && !IsComplete && !IsMalformed && !IsAtLimit)
        {
            if (_state == State.Data)
            {
                position += TakeData(bytes[position..], decoded);
            }
            else if (_state is State.Extension or State.TrailerLine)
            {
                position += TakeRestOfLine(bytes[position..]);
            }
            else
            {
                TakeByte(bytes[position++]);
            }
        }

        return position;
    }

    private int TakeData(ReadOnlySpan<byte> bytes, IBufferWriter<byte>? decoded)
    {
        var count = _kind == BodyKind.UntilClose ? bytes.Length : (int)Math.Min(_remaining, bytes.Length);
        if (_room is { } room)
        {
            count = (int)Math.Min(room, count);
            _room = room - count;
        }

        decoded?.Write(bytes[..count]);
        Skip(count);
        return count;
    }

    private int TakeRestOfLine(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOfAny((byte)'\n', (byte)'\r');
        if (end < 0)
        {
            return bytes.Length;
        }

        if (bytes[end] == '\r')
        {
            _state = _state == State.TrailerLine ? State.TrailerLineFeed : State.SizeLineFeed;
        }
        else if (_state == State.TrailerLine)
        {
            _state = State.TrailerStart;
        }
        else
        {
            EndSizeLine();
        }

        return end + 1;
    }

    private void TakeByte(byte value)
    {
        switch (_state)
        {
            case State.Size:
                TakeSize(value);
                break;
            case State.SizeLineFeed when value == '\n':
                EndSizeLine();
                break;
            case State.TrailerLineFeed:
                _state = value == '\n' ? State.TrailerStart : State.Malformed;
                break;
            case State.ChunkEnd:
                _state = value switch { (byte)'\r' => State.ChunkEndLineFeed, (byte)'\n' => StartSize(), _ => State.Malformed };
                break;
            case State.ChunkEndLineFeed:
                _state = value == '\n' ? StartSize() : State.Malformed;
                break;
            case State.TrailerStart:
                _state = value switch { (byte)'\n' => State.Complete, (byte)'\r' => State.TrailerEmpty, _ => State.TrailerLine };
                break;
            default:
                _state = value == '\n' && _state == State.TrailerEmpty ? State.Complete : State.Malformed;
                break;
        }
    }

    private void TakeSize(byte value)
    {
        var digit = HexDigit(value);
        if (digit >= 0)
        {
            _remaining = (_remaining << 4) + digit;
            _digits++;
            if (_digits > MaximumSizeDigits)
            {
                _state = State.Malformed;
            }
        }
        else if (_digits == 0)
        {
            _state = State.Malformed;
        }
        else if (value == '\n')
        {
            EndSizeLine();
        }
        else
        {
            _state = value switch
            {
                (byte)'\r' => State.SizeLineFeed,
                (byte)';' or (byte)' ' or (byte)'\t' => State.Extension,
                _ => State.Malformed,
            };
        }
    }

    private void EndSizeLine() => _state = _remaining == 0 ? State.TrailerStart : State.Data;

    private State StartSize()
    {
        _digits = 0;
        _remaining = 0;
        return State.Size;
    }

    private static int HexDigit(byte value) => value switch
    {
        >= (byte)'0' and <= (byte)'9' => value - '0',
        >= (byte)'a' and <= (byte)'f' => value - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => value - 'A' + 10,
        _ => -1,
    };
}
