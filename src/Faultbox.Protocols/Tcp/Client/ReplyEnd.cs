namespace Faultbox.Protocols.Tcp.Client;

/// <summary>Where the reply of a peer ends: at a delimiter, or after so many bytes.</summary>
internal readonly record struct ReplyEnd
{
    private const int LongestLine = 64 * 1024;

    private readonly byte[]? _delimiter;

    private ReplyEnd(byte[]? delimiter, int limit) => (_delimiter, Limit) = (delimiter, limit);

    /// <summary>At the end of a line of 64 KiB at most; a longer one is cut.</summary>
    public static ReplyEnd Line { get; } = new([(byte)'\n'], LongestLine) { IsCut = true };

    /// <summary>Most bytes that a reply may have.</summary>
    public int Limit { get; }

    /// <summary>True when a reply that reaches the limit without a delimiter is taken as it is.</summary>
    private bool IsCut { get; init; }

    /// <summary>At the first occurrence of some bytes, which end the reply and are no part of it.</summary>
    public static ReplyEnd At(byte[] delimiter, int limit) => new(delimiter, limit);

    /// <summary>After so many bytes.</summary>
    public static ReplyEnd After(int size) => new(delimiter: null, size);

    /// <summary>Looks for the end in what has been received.</summary>
    /// <param name="received">Everything since the beginning of the reply.</param>
    /// <param name="seen">How many bytes of it were looked at before.</param>
    /// <returns>Length of the reply and of what ends it; null when more must come.</returns>
    public (int Reply, int Delimiter)? Find(ReadOnlySpan<byte> received, int seen)
    {
        if (_delimiter is null)
        {
            return received.Length >= Limit ? (Limit, 0) : null;
        }

        // A delimiter may have begun in the bytes before.
        var from = Math.Max(0, seen - _delimiter.Length + 1);
        var at = received[from..].IndexOf(_delimiter);
        return at >= 0 ? (from + at, _delimiter.Length)
            : IsCut && received.Length >= Limit ? (Limit, 0)
            : null;
    }

    /// <summary>
    /// What is wrong with a reply that ends without its end; null when nothing is: a peer that closes without a delimiter has still said
    /// what came before.
    /// </summary>
    /// <param name="received">Bytes received.</param>
    /// <param name="hasClosed">True when the peer has closed; false when the limit is reached.</param>
    public string? Problem(int received, bool hasClosed) =>
        !hasClosed ? $"no delimiter in the first {Limit} bytes of the reply"
        : _delimiter is null ? $"connection closed by the peer after {received} of {Limit} bytes"
        : null;
}
