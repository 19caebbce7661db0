using System.Text;

namespace Starlark;

/// <summary>Collects the bytes of a string under construction. Disposing it leaves its buffer to the next one on the same operating system thread.</summary>
internal sealed class ByteWriter : IDisposable
{
    private const int FirstSize = 256;
    private const int LargestKept = 64 * 1024;

    [ThreadStatic]
    private static ByteWriter? t_idle;

    private byte[] _bytes = new byte[FirstSize];
    private int _count;

    private ByteWriter()
    {
    }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _count);

    /// <summary>An empty writer.</summary>
    public static ByteWriter Rent()
    {
        var writer = t_idle ?? new ByteWriter();
        t_idle = null;
        writer._count = 0;
        return writer;
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        _count += bytes.Length;
    }

    public void Write(string text)
    {
        var size = Encoding.UTF8.GetByteCount(text);
        _count += Encoding.UTF8.GetBytes(text, Reserve(size));
    }

    /// <summary>Writes an integer in decimal.</summary>
    public void Write(long number)
    {
        System.Buffers.Text.Utf8Formatter.TryFormat(number, Reserve(20), out var length);
        _count += length;
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
                Write(Utf8Text.Decode(bytes.Bytes));
                break;
            default:
                if (value.IsInt)
                {
                    Write(value.Bits);
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

    public void Dispose()
    {
        if (_bytes.Length <= LargestKept)
        {
            t_idle = this;
        }
    }

    private Span<byte> Reserve(int size)
    {
        if (_count + (long)size > StarlarkString.MaximumLength)
        {
            throw new EvalException("string too long");
        }

        if (size > _bytes.Length - _count)
        {
            var capacity = (int)Math.Min(Math.Max(_bytes.Length * 2L, _count + (long)size), StarlarkString.MaximumLength);
            Room.ForBytes(capacity);
            Array.Resize(ref _bytes, capacity);
        }

        return _bytes.AsSpan(_count);
    }
}
