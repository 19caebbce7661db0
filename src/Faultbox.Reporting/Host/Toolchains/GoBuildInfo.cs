using System.Text;

namespace Faultbox.Reporting.Host.Toolchains;

/// <summary>
/// The Go release in a program's build information (Go source, package <c>debug/buildinfo</c>): a 32-byte header, then, since Go 1.18, the
/// release as a length in variable-size form and its bytes.
/// </summary>
internal static class GoBuildInfo
{
    private const int HeaderSize = 32;
    private const int FlagsOffset = 15;
    private const byte InlineStrings = 2;

    public static string? Version(ElfFile elf)
    {
        var section = elf.Section(".go.buildinfo");
        if (section is null || section.Length <= HeaderSize || !section.AsSpan().StartsWith(Magic) || (section[FlagsOffset] & InlineStrings) == 0)
        {
            return null;
        }

        var position = HeaderSize;
        var length = 0;
        for (var shift = 0; position < section.Length && shift < 28; shift += 7)
        {
            var part = section[position++];
            length |= (part & 0x7F) << shift;
            if (part < 0x80)
            {
                break;
            }
        }

        return length > 0 && length <= section.Length - position ? Release(Encoding.UTF8.GetString(section, position, length)) : null;
    }

    private static readonly byte[] Magic = [0xFF, .. " Go buildinf:"u8];

    /// <summary>The release alone, without experiments that may follow it.</summary>
    private static string Release(string text) => text.Split(' ')[0];
}
