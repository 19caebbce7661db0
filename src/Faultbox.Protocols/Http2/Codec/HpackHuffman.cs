using System.Buffers;

namespace Faultbox.Protocols.Http2.Codec;

/// <summary>
/// The Huffman code of header text (RFC 7541 appendix B). It is canonical, so the lengths of the codes are all there is to know: codes of
/// one length are consecutive in the order of their symbols, and shorter codes come first.
/// </summary>
internal static class HpackHuffman
{
    private const int EndOfString = 256;
    private const int LongestCode = 30;
    private const int FastBits = 9;

    private static readonly short[] Symbols = new short[EndOfString + 1];
    private static readonly uint[] FirstCode = new uint[LongestCode + 2];
    private static readonly int[] FirstIndex = new int[LongestCode + 2];

    // Symbol and code length by the next bits, for the codes that fit: nearly all of them in practice.
    private static readonly (byte Symbol, byte Length)[] Fast = new (byte, byte)[1 << FastBits];

    private static ReadOnlySpan<byte> Lengths =>
    [
        13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
        28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
        6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
        5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
        13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
        7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
        15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
        6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
        20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
        24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
        22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
        21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
        26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
        19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
        20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
        26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
        30,
    ];

    static HpackHuffman()
    {
        var code = 0u;
        var index = 0;
        for (var length = 1; length <= LongestCode; length++)
        {
            FirstCode[length] = code;
            FirstIndex[length] = index;
            for (var symbol = 0; symbol <= EndOfString; symbol++)
            {
                if (Lengths[symbol] != length)
                {
                    continue;
                }

                Symbols[index++] = (short)symbol;
                if (length <= FastBits)
                {
                    Fast.AsSpan((int)(code << (FastBits - length)), 1 << (FastBits - length)).Fill(((byte)symbol, (byte)length));
                }

                code++;
            }

            code <<= 1;
        }

        FirstIndex[LongestCode + 1] = index;
    }

    /// <summary>Decodes a string; false when it is malformed: a code that does not exist, or padding that is none.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> encoded, IBufferWriter<byte> destination)
    {
        // The shortest code has five bits.
        var output = destination.GetSpan((encoded.Length * 8 / 5) + 1);
        var written = 0;
        ulong bits = 0;
        var count = 0;
        var position = 0;
        while (true)
        {
            while (count <= 56 && position < encoded.Length)
            {
                bits |= (ulong)encoded[position++] << (56 - count);
                count += 8;
            }

            var (symbol, length) = Fast[bits >> (64 - FastBits)];
            if (length == 0 && !TryFind(bits, out symbol, out length))
            {
                break;
            }

            if (length > count)
            {
                break;
            }

            output[written++] = symbol;
            bits <<= length;
            count -= length;
        }

        destination.Advance(written);

        // What is left is less than a byte of ones.
        return count < 8 && position == encoded.Length && bits == (count == 0 ? 0 : ulong.MaxValue << (64 - count));
    }

    private static bool TryFind(ulong bits, out byte symbol, out byte length)
    {
        for (var candidate = FastBits + 1; candidate <= LongestCode; candidate++)
        {
            var offset = (long)(bits >> (64 - candidate)) - FirstCode[candidate];
            if (offset >= 0 && offset < FirstIndex[candidate + 1] - FirstIndex[candidate])
            {
                var found = Symbols[FirstIndex[candidate] + (int)offset];
                symbol = (byte)found;
                length = (byte)candidate;
                return found != EndOfString;
            }
        }

        symbol = length = 0;
        return false;
    }
}
