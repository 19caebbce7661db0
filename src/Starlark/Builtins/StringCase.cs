using System.Buffers;
using System.Globalization;
using System.Text;
using Starlark.Execution;

namespace Starlark;

/// <summary>Large and small letters at the beginning of words.</summary>
internal static class StringCase
{
    /// <summary>The first letter in title case, the others small.</summary>
    public static string Capitalize(string text)
    {
        if (text.Length == 0)
        {
            return text;
        }

        var first = char.IsHighSurrogate(text[0]) && text.Length > 1 ? 2 : 1;
        return Titlecase(Rune.GetRuneAt(text, 0)) + text[first..].ToLowerInvariant();
    }

    /// <summary>True when words begin, and only begin, with a letter in title case, and there is a word.</summary>
    public static bool IsTitle(string text)
    {
        var (cased, expectUpper) = (false, true);
        foreach (var rune in text.EnumerateRunes())
        {
            RunningThread.Step();
            var isTitle = Rune.GetUnicodeCategory(rune) == UnicodeCategory.TitlecaseLetter || (Rune.IsUpper(rune) && Titlecase(rune) == rune);
            if (isTitle || Rune.IsUpper(rune) || Rune.IsLower(rune))
            {
                if (!(expectUpper ? isTitle : Rune.IsLower(rune)))
                {
                    return false;
                }

                (cased, expectUpper) = (true, false);
            }
            else
            {
                expectUpper = true;
            }
        }

        return cased;
    }

    /// <summary><see cref="Capitalize"/> of a text of ASCII.</summary>
    public static OperationStatus AsciiCapitalize(ReadOnlySpan<byte> text, Span<byte> destination, out int written)
    {
        var status = System.Text.Ascii.ToLower(text, destination, out written);
        System.Text.Ascii.ToUpper(text[..Math.Min(1, text.Length)], destination, out _);
        return status;
    }

    /// <summary><see cref="Title"/> of a text of ASCII.</summary>
    public static OperationStatus AsciiTitle(ReadOnlySpan<byte> text, Span<byte> destination, out int written)
    {
        var start = true;
        for (var i = 0; i < text.Length; i++)
        {
            var isLetter = char.IsAsciiLetter((char)text[i]);
            destination[i] = !isLetter ? text[i] : start ? (byte)(text[i] & ~0x20) : (byte)(text[i] | 0x20);
            start = !isLetter;
        }

        written = text.Length;
        return OperationStatus.Done;
    }

    /// <summary>The first letter of every word in title case, the others small.</summary>
    public static string Title(string text)
    {
        var result = new StringBuilder(text.Length);
        var start = true;
        foreach (var rune in text.EnumerateRunes())
        {
            result.Append(start ? Titlecase(rune) : Rune.ToLowerInvariant(rune));
            start = !Rune.IsLetter(rune);
        }

        return result.ToString();
    }

    /// <summary>Upper case at the start of a word: a letter that is two joined ones has a form of its own there, and Georgian stays as it is.</summary>
    private static Rune Titlecase(Rune rune) => rune.Value switch
    {
        >= 0x1C4 and <= 0x1CC => new Rune(0x1C5 + ((rune.Value - 0x1C4) / 3 * 3)),
        >= 0x1F1 and <= 0x1F3 => new Rune(0x1F2),
        >= 0x10D0 and <= 0x10FF => rune,
        _ => Rune.ToUpperInvariant(rune),
    };
}
