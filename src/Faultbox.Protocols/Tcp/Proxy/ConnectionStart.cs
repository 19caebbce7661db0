namespace Faultbox.Protocols.Tcp.Proxy;

/// <summary>The first bytes that a client has sent on a connection, at most 4096: what prefixes are compared with.</summary>
internal struct ConnectionStart
{
    /// <summary>Most bytes that are remembered.</summary>
    public const int Limit = 4096;

    private byte[]? _buffer;
    private int _length;

    /// <summary>The bytes so far.</summary>
    public readonly ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, _length);

    /// <summary>True when no further bytes are remembered.</summary>
    public readonly bool IsComplete => _length == Limit;

    /// <summary>Remembers further bytes.</summary>
    public void Add(ReadOnlySpan<byte> chunk)
    {
        var kept = chunk[..Math.Min(chunk.Length, Limit - _length)];
        if (kept.IsEmpty)
        {
            return;
        }

        if (_length + kept.Length > (_buffer?.Length ?? 0))
        {
            Array.Resize(ref _buffer, Math.Min(Limit, Math.Max(_length + kept.Length, 2 * _length)));
        }

        kept.CopyTo(_buffer.AsSpan(_length));
        _length += kept.Length;
    }

    /// <summary>True when more bytes could make it begin with the prefix.</summary>
    public readonly bool MayBecome(ReadOnlySpan<byte> prefix) =>
        prefix.Length > _length && prefix.Length <= Limit && prefix.StartsWith(Bytes);
}
