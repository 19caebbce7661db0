using System.Buffers.Binary;
using System.Text;

namespace Faultbox.Reporting.Host.Toolchains;

/// <summary>Reads named sections of a 64-bit little-endian ELF file (System V ABI, chapter 4).</summary>
internal sealed class ElfFile
{
    private const int HeaderSize = 64;
    private const int SectionSize = 64;

    /// <summary>Sections of interest are small; anything larger is cut.</summary>
    private const int Longest = 1 << 20;

    private readonly Stream _file;
    private readonly byte[] _sections;
    private readonly int _namesIndex;

    private ElfFile(Stream file, byte[] sections, int namesIndex)
    {
        _file = file;
        _sections = sections;
        _namesIndex = namesIndex;
    }

    /// <summary>Opens a file, or returns null when it is of another kind or has no section table.</summary>
    public static ElfFile? TryOpen(Stream file)
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        file.Position = 0;
        if (file.ReadAtLeast(header, HeaderSize, throwOnEndOfStream: false) < HeaderSize || !header.StartsWith("\u007fELF\u0002\u0001"u8))
        {
            return null;
        }

        var offset = BinaryPrimitives.ReadInt64LittleEndian(header[0x28..]);
        var size = BinaryPrimitives.ReadUInt16LittleEndian(header[0x3A..]);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(header[0x3C..]);
        var names = BinaryPrimitives.ReadUInt16LittleEndian(header[0x3E..]);
        var table = new byte[count * SectionSize];
        if (size != SectionSize || names >= count || offset <= 0 || offset > file.Length - table.Length)
        {
            return null;
        }

        file.Position = offset;
        file.ReadExactly(table);
        return new ElfFile(file, table, names);
    }

    /// <summary>Content of a section, at most 1 MiB of it; null when there is none of that name.</summary>
    public byte[]? Section(string name)
    {
        var names = Content(Header(_namesIndex)) ?? [];
        for (var i = 0; i < _sections.Length / SectionSize; i++)
        {
            var header = Header(i);
            if (Name(names, BinaryPrimitives.ReadUInt32LittleEndian(header)) == name)
            {
                return Content(header);
            }
        }

        return null;
    }

    private ReadOnlySpan<byte> Header(int index) => _sections.AsSpan(index * SectionSize, SectionSize);

    private byte[]? Content(ReadOnlySpan<byte> header)
    {
        var offset = BinaryPrimitives.ReadInt64LittleEndian(header[0x18..]);
        var size = Math.Min(BinaryPrimitives.ReadInt64LittleEndian(header[0x20..]), Longest);
        if (offset < 0 || size < 0 || offset > _file.Length - size)
        {
            return null;
        }

        var content = new byte[size];
        _file.Position = offset;
        _file.ReadExactly(content);
        return content;
    }

    private static string Name(byte[] names, uint start)
    {
        if (start >= names.Length)
        {
            return "";
        }

        var rest = names.AsSpan((int)start);
        var end = rest.IndexOf((byte)0);
        return Encoding.ASCII.GetString(end < 0 ? rest : rest[..end]);
    }
}
