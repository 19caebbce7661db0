using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Starlark;

/// <summary>
/// An immutable sequence of bytes that holds UTF-8 by convention. A long string that is made by appending shares one buffer with the strings
/// it grew from, so that building a string piece by piece takes linear time.
/// </summary>
public sealed class StarlarkString : StarlarkObject, IIndexed, IContainer
{
    private const int EagerConcatenation = 256;

    /// <summary>Longest string that operations on characters, not bytes, take on: they must not keep cancellation waiting.</summary>
    private const int LongestText = 1 << 27;

    private static readonly StarlarkString[] SingleBytes = AllSingleBytes();

    /// <summary>The bytes of a string that is too long for <see cref="_short"/>.</summary>
    private readonly byte[]? _bytes;

    /// <summary>The bytes of a short string: most strings are short, and one object is made and collected with half the effort of two.</summary>
    private ShortText _short;

    /// <summary>The buffer that can be appended to, or the text once somebody asked for it.</summary>
    private object? _other;

    private int _hash;

    /// <summary>A string of bytes that are copied when they are few and adopted otherwise.</summary>
    private StarlarkString(byte[] bytes)
    {
        Length = bytes.Length;
        if (bytes.Length <= ShortText.Size)
        {
            bytes.CopyTo(ShortBytes);
        }
        else
        {
            _bytes = bytes;
        }
    }

    /// <summary>A short string whose bytes are yet to be filled in.</summary>
    private StarlarkString(int length) => Length = length;

    private StarlarkString(AppendBuffer buffer, int length)
    {
        (_bytes, _other) = (buffer.Bytes, buffer);
        Length = length;
    }

    /// <summary>The empty string.</summary>
    public static StarlarkString Empty { get; } = new([]);

    /// <summary>Length in bytes.</summary>
    public int Length { get; }

    /// <inheritdoc/>
    public int Count => Length;

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes is { } bytes
        ? MemoryMarshal.CreateReadOnlySpan(ref MemoryMarshal.GetArrayDataReference(bytes), Length)
        : MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<ShortText, byte>(ref _short), Length);

    /// <summary>The text; each byte that is no part of valid UTF-8 becomes U+FFFD.</summary>
    public string Text => _other as string ?? Decode();

    /// <inheritdoc/>
    public override string TypeName => "string";

    internal override string Member => FieldOrMethod;

    /// <inheritdoc/>
    public override bool Truth => Length > 0;

    /// <inheritdoc/>
    protected internal override MethodTable Methods => StringMethods.Table;

    /// <summary>True when every byte is ASCII.</summary>
    internal bool IsAscii => System.Text.Ascii.IsValid(Bytes);

    /// <summary>A string of .NET text.</summary>
    public static StarlarkString Of(string text) => text.Length == 0 ? Empty : new StarlarkString(Encoding.UTF8.GetBytes(text)) { _other = text };

    /// <summary>A string of one byte; none is made.</summary>
    internal static StarlarkString OfByte(byte value) => SingleBytes[value];

    /// <summary>The decimal digits of a number.</summary>
    internal static StarlarkString Of(long number)
    {
        Span<byte> digits = stackalloc byte[20];
        System.Buffers.Text.Utf8Formatter.TryFormat(number, digits, out var length);
        return FromUtf8(digits[..length]);
    }

    /// <summary>A string of bytes, which are copied.</summary>
    public static StarlarkString FromUtf8(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        0 => Empty,
        1 => SingleBytes[bytes[0]],
        <= ShortText.Size => Short(bytes, []),
        _ => new StarlarkString(bytes.ToArray()),
    };

    // A loop rather than a query: queries over numbers would be compiled anew in every process.
    private static StarlarkString[] AllSingleBytes()
    {
        var all = new StarlarkString[256];
        for (var b = 0; b < all.Length; b++)
        {
            all[b] = new StarlarkString([(byte)b]);
        }

        return all;
    }

    private Span<byte> ShortBytes => MemoryMarshal.CreateSpan(ref Unsafe.As<ShortText, byte>(ref _short), ShortText.Size);

    private static StarlarkString Short(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        var text = new StarlarkString(a.Length + b.Length);
        a.CopyTo(text.ShortBytes);
        b.CopyTo(text.ShortBytes[a.Length..]);
        return text;
    }

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

        if (length > EagerConcatenation && b.Length < a.Length / 4)
        {
            return Append(a, b, (int)length);
        }

        if (length <= ShortText.Size)
        {
            return Short(a.Bytes, b.Bytes);
        }

        Room.ForBytes(length);
        var bytes = GC.AllocateUninitializedArray<byte>((int)length);
        Room.Copy(a.Bytes, bytes);
        Room.Copy(b.Bytes, bytes.AsSpan(a.Length));
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

        Room.ForBytes(count);
        var bytes = GC.AllocateUninitializedArray<byte>(count);
        Room.CopyStrided(Bytes, start, step, bytes);

        return Value.Of(Adopt(bytes));
    }

    /// <inheritdoc/>
    public bool Contains(Value item) => item.Ref is StarlarkString part
        ? SubstringSearch.Find(Bytes, part.Bytes) >= 0
        : throw new EvalException($"'in <string>' requires string as left operand, not {item.TypeName}");

    /// <inheritdoc/>
    public override void WriteRepr(ReprWriter w) => w.WriteQuoted(Bytes);

    /// <inheritdoc/>
    public override bool TryHash(out int h)
    {
        h = TableHash;
        return true;
    }

    /// <summary>Hash for tables, computed once.</summary>
    internal int TableHash => _hash != 0 ? _hash : ComputeHash();

    private int ComputeHash()
    {
        var hash = _bytes is null ? HashFunctions.Short(First, Second, Length) : HashFunctions.Table(Bytes);
        return _hash = hash == 0 ? 1 : hash;
    }

    /// <summary>The first half of the bytes of a short string.</summary>
    private ref ulong First => ref Unsafe.As<ShortText, ulong>(ref _short);

    /// <summary>The second half of the bytes of a short string.</summary>
    private ref ulong Second => ref Unsafe.Add(ref First, 1);

    /// <summary>True when both hold the same bytes.</summary>
    internal static bool AreSame(StarlarkString a, StarlarkString b) => a.Length == b.Length
        && (a._bytes is null ? b._bytes is null && a.First == b.First && a.Second == b.Second : a.Bytes.SequenceEqual(b.Bytes));

    /// <summary>A string of bytes: one of those seen before, when a short one is among them; otherwise one that is then among them.</summary>
    internal static StarlarkString FromUtf8(ReadOnlySpan<byte> bytes, Span<StarlarkString?> seen, out bool isNew)
    {
        isNew = bytes.Length >= 2;
        if (bytes.Length is < 2 or > ShortText.Size)
        {
            return FromUtf8(bytes);
        }

        var (first, second) = HashFunctions.Words(bytes);
        var hash = HashFunctions.Short(first, second, bytes.Length);
        ref var place = ref seen[hash & (seen.Length - 1)];
        if (place is { } known && known.Length == bytes.Length && known.First == first && known.Second == second)
        {
            isNew = false;
            return known;
        }

        var text = new StarlarkString(bytes.Length) { _hash = hash };
        (text.First, text.Second) = (first, second);
        return place = text;
    }

    /// <inheritdoc/>
    public override bool EqualTo(StarlarkObject other, int depth) =>
        other is StarlarkString text && AreSame(this, text);

    internal StarlarkString Part(int start, int count) =>
        count == Length ? this : FromUtf8(Bytes.Slice(start, count));

    private static StarlarkString Append(StarlarkString a, StarlarkString b, int length)
    {
        if (a._other is AppendBuffer shared && shared.TryAppend(a.Length, b.Bytes))
        {
            return new StarlarkString(shared, length);
        }

        Room.ForBytes(length * 2L);
        var buffer = new AppendBuffer(a.Bytes, (int)Math.Min(length * 2L, MaximumLength));
        buffer.TryAppend(a.Length, b.Bytes);
        return new StarlarkString(buffer, length);
    }

    private string Decode()
    {
        if (Length > LongestText)
        {
            throw new EvalException($"string of {Length} bytes is too long for this operation");
        }

        Room.ForBytes(Length * 2L);
        var text = Utf8Text.Decode(Bytes);
        _other = text;
        return text;
    }

    /// <summary>Room for the bytes of a short string.</summary>
    [InlineArray(Size)]
    private struct ShortText
    {
        public const int Size = 16;

        private byte _first;
    }

    /// <summary>Bytes with room behind them. The room goes to the first string that is appended to the one that ends there.</summary>
    private sealed class AppendBuffer
    {
        private int _used;

        public AppendBuffer(ReadOnlySpan<byte> first, int capacity)
        {
            Bytes = new byte[capacity];
            first.CopyTo(Bytes);
            _used = first.Length;
        }

        public byte[] Bytes { get; }

        public bool TryAppend(int end, ReadOnlySpan<byte> bytes)
        {
            if (bytes.Length > Bytes.Length - end || Interlocked.CompareExchange(ref _used, end + bytes.Length, end) != end)
            {
                return false;
            }

            bytes.CopyTo(Bytes.AsSpan(end));
            return true;
        }
    }
}
