using System.Buffers;

namespace Faultbox.Protocols.Http2.Codec;

/// <summary>
/// Decodes the header blocks of one direction (RFC 7541). Every block must pass through it in order, since blocks refer to each other.
/// Decoded fields stay valid until the next block.
/// </summary>
internal sealed class HpackDecoder
{
    /// <summary>Largest table a sender may ask for.</summary>
    public const int MaximumTable = 1024 * 1024;

    /// <summary>Most bytes that one block may decode to: a small block can name a large entry many times.</summary>
    public const int MaximumDecoded = 1024 * 1024;

    /// <summary>Text that is kept between blocks.</summary>
    private const int KeptText = 16 * 1024;

    private readonly HpackDynamicTable _table = new();
    private readonly List<HeaderField> _fields = [];
    private ArrayBufferWriter<byte> _text = new(256);

    /// <summary>Fields of the last block.</summary>
    public IReadOnlyList<HeaderField> Fields => _fields;

    /// <summary>Table size that the last block began with; null when it kept the size.</summary>
    public int? TableSize { get; private set; }

    /// <summary>Decodes a complete block; returns what is wrong with it, or null.</summary>
    public string? Decode(ReadOnlySpan<byte> block)
    {
        _fields.Clear();
        TableSize = null;

        if (_text.Capacity > KeptText)
        {
            _text = new ArrayBufferWriter<byte>(256);
        }

        _text.ResetWrittenCount();
        var decoded = 0L;
        while (!block.IsEmpty)
        {
            if (DecodeNext(ref block) is { } problem)
            {
                return problem;
            }

            if (_fields.Count > 0)
            {
                decoded += _fields[^1].Size;
            }

            if (decoded > MaximumDecoded)
            {
                return "a header block that decodes to more than 1 MiB";
            }
        }

        return null;
    }

    private string? DecodeNext(ref ReadOnlySpan<byte> block)
    {
        const string Malformed = "a malformed header block";
        var first = block[0];
        if ((first & 0x80) != 0)
        {
            if (!TryReadInteger(ref block, 7, out var index) || !TryGet(index, out var field))
            {
                return Malformed;
            }

            _fields.Add(field);
            return null;
        }

        if ((first & 0xE0) == 0x20)
        {
            if (_fields.Count > 0 || !TryReadInteger(ref block, 5, out var size) || size > MaximumTable)
            {
                return Malformed;
            }

            _table.Resize(size);
            TableSize = size;
            return null;
        }

        var indexed = (first & 0xC0) == 0x40;
        if (!TryReadInteger(ref block, indexed ? 6 : 4, out var name) || !TryReadName(ref block, name, out var nameBytes)
            || !TryReadString(ref block, out var value))
        {
            return Malformed;
        }

        var literal = new HeaderField(nameBytes, value, IsSensitive: (first & 0xF0) == 0x10);
        if (indexed)
        {
            literal = literal.Copy();
            _table.Add(literal);
        }

        _fields.Add(literal);
        return null;
    }

    private bool TryReadName(ref ReadOnlySpan<byte> block, int index, out ReadOnlyMemory<byte> name)
    {
        if (index == 0)
        {
            return TryReadString(ref block, out name);
        }

        var found = TryGet(index, out var field);
        name = field.Name;
        return found;
    }

    private bool TryGet(int index, out HeaderField field)
    {
        if (index >= 1 && index <= HpackStaticTable.Count)
        {
            field = HpackStaticTable.At(index);
            return true;
        }

        var dynamic = index - HpackStaticTable.Count - 1;
        if (dynamic >= 0 && dynamic < _table.Count)
        {
            field = _table[dynamic];
            return true;
        }

        field = default;
        return false;
    }

    private bool TryReadString(ref ReadOnlySpan<byte> block, out ReadOnlyMemory<byte> text)
    {
        text = default;
        if (block.IsEmpty)
        {
            return false;
        }

        var isHuffman = (block[0] & 0x80) != 0;
        if (!TryReadInteger(ref block, 7, out var length) || length > block.Length)
        {
            return false;
        }

        var raw = block[..length];
        block = block[length..];
        var writer = Room(isHuffman ? (length * 8 / 5) + 1 : length);
        var start = writer.WrittenCount;
        if (!isHuffman)
        {
            writer.Write(raw);
        }
        else if (!HpackHuffman.TryDecode(raw, writer))
        {
            return false;
        }

        text = writer.WrittenMemory[start..];
        return true;
    }

    /// <summary>A writer that does not move what it holds: a full one is left to the fields that refer to it.</summary>
    private ArrayBufferWriter<byte> Room(int bytes)
    {
        if (_text.FreeCapacity < bytes)
        {
            _text = new ArrayBufferWriter<byte>(Math.Max(1024, bytes));
        }

        return _text;
    }

    private static bool TryReadInteger(ref ReadOnlySpan<byte> block, int prefixBits, out int value)
    {
        var mask = (1 << prefixBits) - 1;
        value = block.IsEmpty ? -1 : block[0] & mask;
        if (value < 0)
        {
            return false;
        }

        block = block[1..];
        if (value < mask)
        {
            return true;
        }

        for (var shift = 0; shift <= 21; shift += 7)
        {
            if (block.IsEmpty)
            {
                return false;
            }

            var next = block[0];
            block = block[1..];
            value += (next & 0x7F) << shift;
            if ((next & 0x80) == 0)
            {
                return true;
            }
        }

        return false;
    }
}
