using System.Buffers.Binary;
using System.Text;

namespace Faultbox.Reporting.Host.Toolchains;

/// <summary>
/// The .NET release of a program whose assemblies are packed into its host program (dotnet/runtime, "Single-file publish"): a marker in the
/// data section tells where the header of the pack is, and that, since its version 2, where the runtime configuration is.
/// </summary>
internal static class DotnetSingleFile
{
    private const int LongestConfiguration = 1 << 20;

    public static string? Version(ElfFile elf, Stream file)
    {
        if (elf.Section(".data") is not { } data || data.AsSpan().IndexOf(Marker) is not (var marker and >= sizeof(long)))
        {
            return null;
        }

        var header = BinaryPrimitives.ReadInt64LittleEndian(data.AsSpan(marker - sizeof(long)));
        if (header <= 0 || header >= file.Length)
        {
            return null;
        }

        file.Position = header;
        using var reader = new BinaryReader(file, Encoding.UTF8, leaveOpen: true);
        var major = reader.ReadUInt32();
        reader.ReadUInt32();
        reader.ReadInt32();
        reader.ReadString();
        if (major < 2)
        {
            return null;
        }

        reader.ReadInt64();
        reader.ReadInt64();
        var offset = reader.ReadInt64();
        var size = reader.ReadInt64();
        if (offset <= 0 || size is <= 0 or > LongestConfiguration || offset > file.Length - size)
        {
            return null;
        }

        file.Position = offset;
        return DotnetProgram.FromConfiguration(reader.ReadBytes((int)size)) is { } version ? $"dotnet {version}" : null;
    }

    /// <summary>What follows the place of the header in every host program (<c>bundle_marker.cpp</c>).</summary>
    internal static ReadOnlySpan<byte> Marker =>
    [
        0x8b, 0x12, 0x02, 0xb9, 0x6a, 0x61, 0x20, 0x38, 0x72, 0x7b, 0x93, 0x02, 0x14, 0xd7, 0xa0, 0x32,
        0x13, 0xf5, 0xb9, 0xe6, 0xef, 0xae, 0x33, 0x18, 0xee, 0x3b, 0x2d, 0xce, 0x24, 0xb3, 0x6a, 0xae,
    ];
}
