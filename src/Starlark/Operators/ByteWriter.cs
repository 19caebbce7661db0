using System.Buffers;
using System.Text;

namespace Starlark;

/// <summary>Collects the bytes of a string under construction.</summary>
internal sealed class ByteWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new(64);

    public ReadOnlySpan<byte> Written => _bytes.WrittenSpan;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (_bytes.WrittenCount + (long)bytes.Length > StarlarkString.MaximumLength)
        {
            throw new EvalException("string too long");
        }

        _bytes.Write(bytes);
    }

    public void Write(string text)
    {
        var size = Encoding.UTF8.GetByteCount(text);
        Encoding.UTF8.GetBytes(text, _bytes.GetSpan(Math.Max(1, size)));
        _bytes.Advance(size);
    }

    /// <summary>Writes a value as <c>str</c> gives it.</summary>
    public void Write(Value value)
    {
        switch (value.Ref)
        {
            case StarlarkString text:
                Write(text.Bytes);
                break;
            case StarlarkBytes bytes:
                Write(Encoding.UTF8.GetString(bytes.Bytes));
                break;
            default:
                if (value.IsInt)
                {
                    var span = _bytes.GetSpan(24);
                    value.Bits.TryFormat(span, out var length, default, System.Globalization.CultureInfo.InvariantCulture);
                    _bytes.Advance(length);
                }
                else
                {
                    Write(value.Repr());
                }

                break;
        }
    }

    /// <summary>Writes a value as <c>repr</c> gives it.</summary>
    public void WriteRepr(Value value) => Write(value.Repr());
}
