using System.Text;

namespace Starlark;

/// <summary>Text of bytes: each byte that is no part of valid UTF-8 becomes U+FFFD.</summary>
internal static class Utf8Text
{
    private static readonly Encoding Decoder = Encoding.GetEncoding("utf-8", EncoderFallback.ReplacementFallback, new EachByte());

    public static string Decode(ReadOnlySpan<byte> bytes) => Decoder.GetString(bytes);

    /// <summary>The default replaces a truncated sequence as a whole.</summary>
    private sealed class EachByte : DecoderFallback
    {
        public override int MaxCharCount => 3;

        public override DecoderFallbackBuffer CreateFallbackBuffer() => new Buffer();
    }

    private sealed class Buffer : DecoderFallbackBuffer
    {
        private int _given;
        private int _count;

        public override int Remaining => _count - _given;

        public override bool Fallback(byte[] bytesUnknown, int index)
        {
            (_given, _count) = (0, bytesUnknown.Length);
            return true;
        }

        public override char GetNextChar() => _given < _count ? Next() : '\0';

        public override bool MovePrevious()
        {
            if (_given == 0)
            {
                return false;
            }

            _given--;
            return true;
        }

        public override void Reset() => (_given, _count) = (0, 0);

        private char Next()
        {
            _given++;
            return '\uFFFD';
        }
    }
}
