namespace Faultbox.Protocols.Grpc.Proxy;

/// <summary>Counts the messages in a stream of bytes: a flag, a length of four bytes, the content. Content is counted, not looked at.</summary>
internal struct MessageFollower
{
    /// <summary>Bytes before the content of a message.</summary>
    public const int PrefixLength = 5;

    private int _prefix;
    private uint _remaining;

    /// <summary>Messages whose last byte has been taken.</summary>
    public int Complete { get; private set; }

    /// <summary>Takes bytes up to the end of one message at most; returns how many.</summary>
    public int Take(ReadOnlySpan<byte> bytes)
    {
        var position = 0;
        while (_prefix < PrefixLength && position < bytes.Length)
        {
            _remaining = _prefix == 0 ? 0 : (_remaining << 8) | bytes[position];
            _prefix++;
            position++;
        }

        var content = (int)Math.Min(_remaining, bytes.Length - position);
        if (_prefix == PrefixLength)
        {
            position += content;
            _remaining -= (uint)content;
            if (_remaining == 0)
            {
                _prefix = 0;
                Complete++;
            }
        }

        return position;
    }
}
