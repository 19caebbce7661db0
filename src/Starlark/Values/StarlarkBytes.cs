using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Starlark;

/// <summary>An immutable sequence of bytes.</summary>
public sealed class StarlarkBytes(byte[] bytes) : StarlarkObject, IIndexed, IContainer, IIterable
{
    private readonly byte[] _bytes = bytes;

    /// <summary>Concatenation.</summary>
    internal static StarlarkBytes Concat(StarlarkBytes a, StarlarkBytes b)
    {
        var length = (long)a.Count + b.Count;
        if (length > StarlarkString.MaximumLength)
        {
            throw new EvalException("bytes too long");
        }

        Room.ForBytes(length);
        return new StarlarkBytes([.. a.Bytes, .. b.Bytes]);
    }

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <inheritdoc/>
    public int Count => _bytes.Length;

    /// <inheritdoc/>
    public override string TypeName => "bytes";

    internal override string Member => FieldOrMethod;

    /// <inheritdoc/>
    public override bool Truth => _bytes.Length > 0;

    /// <inheritdoc/>
    protected internal override MethodTable Methods => BytesMethods.Table;

    /// <inheritdoc/>
    public Value ElementAt(int index) => Value.Of(new StarlarkBytes([_bytes[index]]));

    /// <inheritdoc/>
    public Value Slice(int start, int step, int count)
    {
        Room.ForBytes(count);
        var part = GC.AllocateUninitializedArray<byte>(count);
        Room.CopyStrided<byte>(_bytes, start, step, part);

        return Value.Of(new StarlarkBytes(part));
    }

    /// <inheritdoc/>
    public bool Contains(Value item)
    {
        if (item.Ref is StarlarkBytes part)
        {
            return SubstringSearch.Find(Bytes, part.Bytes) >= 0;
        }

        if (item.TryGetInt64(out var number))
        {
            return number is >= 0 and <= 255
                ? Bytes.Contains((byte)number)
                : throw new EvalException($"int in bytes: {number} out of range");
        }

        throw new EvalException($"'in bytes' requires bytes or int as left operand, not {item.TypeName}");
    }

    /// <inheritdoc/>
    public ValueIterator Iterate() => new EnumerableIterator(_bytes.Select(b => Value.Of((long)b)));

    /// <inheritdoc/>
    public override void WriteRepr(ReprWriter w)
    {
        w.Write("b");
        w.WriteQuoted(_bytes);
    }

    /// <inheritdoc/>
    public override bool TryHash(out int h)
    {
        h = HashFunctions.Fnv32(_bytes);
        return true;
    }

    /// <inheritdoc/>
    public override bool EqualTo(StarlarkObject other, int depth) => other is StarlarkBytes b && b.Bytes.SequenceEqual(_bytes);
}

/// <summary>The hash functions that scripts can see.</summary>
internal static class HashFunctions
{
    /// <summary>A quick hash for tables: every byte reaches every bit.</summary>
    public static int Table(ReadOnlySpan<byte> bytes)
    {
        const int Word = sizeof(ulong);
        var hash = (ulong)bytes.Length;
        while (bytes.Length > Word)
        {
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[Word..];
        }

        return (int)Mix(hash ^ Last(bytes));
    }

    /// <summary>The same for at most sixteen bytes, given as two numbers.</summary>
    public static int Short(ulong first, ulong second, int length)
    {
        var hash = Mix(first ^ (ulong)length);
        return (int)(length > sizeof(ulong) ? Mix(hash ^ second) : hash);
    }

    /// <summary>At most sixteen bytes as two numbers, the bytes that are missing as 0.</summary>
    public static (ulong First, ulong Second) Words(ReadOnlySpan<byte> bytes)
    {
        const int Word = sizeof(ulong);
        if (bytes.Length < Word)
        {
            return (Start(bytes), 0);
        }

        var first = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        var missing = (2 * Word) - bytes.Length;
        return (first, missing == Word ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(bytes[^Word..]) >> (missing * 8));
    }

    /// <summary>At most seven bytes as a number, the bytes that are missing as 0.</summary>
    private static ulong Start(ReadOnlySpan<byte> bytes)
    {
        const int Half = sizeof(uint);
        if (bytes.Length >= Half)
        {
            return BinaryPrimitives.ReadUInt32LittleEndian(bytes)
                | ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(bytes[^Half..]) << ((bytes.Length - Half) * 8));
        }

        var start = 0UL;
        for (var i = bytes.Length - 1; i >= 0; i--)
        {
            start = (start << 8) | bytes[i];
        }

        return start;
    }

    /// <summary>At most eight bytes as a number.</summary>
    private static ulong Last(ReadOnlySpan<byte> bytes)
    {
        const int Half = sizeof(uint);
        if (bytes.Length >= Half)
        {
            return ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(bytes) << 32) | BinaryPrimitives.ReadUInt32LittleEndian(bytes[^Half..]);
        }

        var last = 0UL;
        foreach (var b in bytes)
        {
            last = (last << 8) | b;
        }

        return last;
    }

    /// <summary>Two multiplications, each with its high half folded back.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Mix(ulong value)
    {
        value = (value ^ 0xA0761D6478BD642FUL) * 0x9E3779B97F4A7C15UL;
        value = (value ^ (value >> 32)) * 0xD6E8FEB86659FD93UL;
        return value ^ (value >> 32);
    }

    /// <summary>32-bit FNV-1a.</summary>
    public static int Fnv32(ReadOnlySpan<byte> bytes)
    {
        var hash = 2166136261u;
        foreach (var b in bytes)
        {
            hash = unchecked((hash ^ b) * 16777619u);
        }

        return unchecked((int)hash);
    }

    /// <summary>The sum s[0]*31^(n-1) + … over UTF-16 units, in 32 bits.</summary>
    public static int Polynomial31(string text)
    {
        var hash = 0;
        foreach (var unit in text)
        {
            hash = unchecked((hash * 31) + unit);
        }

        return hash;
    }
}
