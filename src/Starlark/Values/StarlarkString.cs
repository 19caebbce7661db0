using System.Text;

namespace Starlark;

/// <summary>
/// An immutable sequence of bytes that holds UTF-8 by convention. Long concatenations are kept as a tree and put together when the bytes
/// are first looked at, so that building a string piece by piece takes linear time.
/// </summary>
public sealed class StarlarkString : StarlarkObject, IIndexed, IContainer
{
    private const int EagerConcatenation = 256;
    private static readonly StarlarkString[] SingleBytes = [.. Enumerable.Range(0, 256).Select(b => new StarlarkString([(byte)b]))];

    private byte[]? _bytes;
    private StarlarkString? _left;
    private StarlarkString? _right;
    private string? _text;
    private int _hash;

    private StarlarkString(byte[] bytes)
    {
        _bytes = bytes;
        Length = bytes.Length;
    }

    private StarlarkString(StarlarkString left, StarlarkString right)
    {
        (_left, _right) = (left, right);
        Length = left.Length + right.Length;
    }

    /// <summary>The empty string.</summary>
    public static StarlarkString Empty { get; } = new([]);

    /// <summary>Length in bytes.</summary>
    public int Length { get; }

    /// <inheritdoc/>
    public int Count => Length;

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes ?? Flatten();

    /// <summary>The text; bytes that are no UTF-8 become U+FFFD.</summary>
    public string Text => _text ??= Encoding.UTF8.GetString(Bytes);

    /// <inheritdoc/>
    public override string TypeName => "string";

    /// <inheritdoc/>
    public override bool Truth => Length > 0;

    /// <inheritdoc/>
    protected internal override MethodTable Methods => StringMethods.Table;

    /// <summary>True when every byte is ASCII.</summary>
    internal bool IsAscii => System.Text.Ascii.IsValid(Bytes);

    /// <summary>A string of .NET text.</summary>
    public static StarlarkString Of(string text) => text.Length == 0 ? Empty : new StarlarkString(Encoding.UTF8.GetBytes(text)) { _text = text };

    /// <summary>A string of bytes, which are copied.</summary>
    public static StarlarkString FromUtf8(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        0 => Empty,
        1 => SingleBytes[bytes[0]],
        _ => new StarlarkString(bytes.ToArray()),
    };

    /// <summary>A string of bytes that nobody else will change.</summary>
    internal static StarlarkString Adopt(byte[] bytes) => bytes.Length < 2 ? FromUtf8(bytes) : new StarlarkString(bytes);

    /// <summary>Concatenation.</summary>
    public static StarlarkString Concat(StarlarkString a, StarlarkString b)
    {
        if (a.Length == 0)
        {
            return b;
        }

        if (b.Length == 0)
        {
            return a;
        }

        var length = (long)a.Length + b.Length;
        if (length > MaximumLength)
        {
            throw new EvalException("string too long");
        }

        if (length > EagerConcatenation)
        {
            return new StarlarkString(a, b);
        }

        var bytes = new byte[length];
        a.Bytes.CopyTo(bytes);
        b.Bytes.CopyTo(bytes.AsSpan(a.Length));
        return new StarlarkString(bytes);
    }

    /// <summary>Longest string, in bytes.</summary>
    public const int MaximumLength = 1 << 30;

    /// <inheritdoc/>
    public Value ElementAt(int index) => Value.Of(SingleBytes[Bytes[index]]);

    /// <inheritdoc/>
    public Value Slice(int start, int step, int count)
    {
        if (step == 1)
        {
            return Value.Of(Part(start, count));
        }

        var bytes = new byte[count];
        var source = Bytes;
        for (var i = 0; i < count; i++)
        {
            bytes[i] = source[start + (i * step)];
        }

        return Value.Of(Adopt(bytes));
    }

    /// <inheritdoc/>
    public bool Contains(Value item) => item.Ref is StarlarkString part
        ? Bytes.IndexOf(part.Bytes) >= 0
        : throw new EvalException($"'in <string>' requires string as left operand, not {item.TypeName}");

    /// <inheritdoc/>
    public override void WriteRepr(ReprWriter w) => w.WriteQuoted(Bytes);

    /// <inheritdoc/>
    public override bool TryHash(out int h)
    {
        if (_hash == 0)
        {
            var code = default(HashCode);
            code.AddBytes(Bytes);
            var hash = code.ToHashCode();
            _hash = hash == 0 ? 1 : hash;
        }

        h = _hash;
        return true;
    }

    /// <inheritdoc/>
    public override bool EqualTo(StarlarkObject other, int depth) =>
        other is StarlarkString text && text.Length == Length && text.Bytes.SequenceEqual(Bytes);

    internal StarlarkString Part(int start, int count) =>
        count == Length ? this : FromUtf8(Bytes.Slice(start, count));

    private ReadOnlySpan<byte> Flatten()
    {
        var bytes = new byte[Length];
        var end = Length;
        var pending = new Stack<StarlarkString>();
        pending.Push(this);

        // From the right: chains made by += lean to the left, and so the stack stays small.
        while (pending.TryPop(out var next))
        {
            var (known, left, right) = (Volatile.Read(ref next._bytes), next._left, next._right);
            if (known is not null || left is null || right is null)
            {
                var part = known ?? Volatile.Read(ref next._bytes)!;
                end -= part.Length;
                part.CopyTo(bytes, end);
                continue;
            }

            pending.Push(left);
            pending.Push(right);
        }

        Volatile.Write(ref _bytes, bytes);
        (_left, _right) = (null, null);
        return bytes;
    }
}
