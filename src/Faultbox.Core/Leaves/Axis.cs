using System.Globalization;

namespace Faultbox.Core.Leaves;

/// <summary>What an axis decides, in the order in which axes of one execution are numbered.</summary>
public enum AxisKind
{
    /// <summary>A named <c>choose()</c>; the digit is the index of the option.</summary>
    Choice,

    /// <summary>A fault with an enumerated chance; bit b of the digit is 1 when occurrence b fires.</summary>
    Probability,

    /// <summary>A <c>parallel()</c>; the digit is the number of the order of its branches.</summary>
    Ordering,

    /// <summary>A moment of a gated <c>parallel()</c> at which several calls wait; the digit is the place of the one that is released.</summary>
    Schedule,
}

/// <summary>A source of different executions of one test.</summary>
/// <param name="Kind">What it decides.</param>
/// <param name="Key">Name of the choice, key of the rule, or <c>file:line</c>.</param>
/// <param name="Size">Number of digits, at least 1.</param>
public sealed record Axis(AxisKind Kind, string Key, int Size)
{
    /// <summary>Digits of schedules; more calls than these are never told apart.</summary>
    public const string DigitText = "0123456789abcdefghijklmnopqrstuvwxyz";

    /// <summary>Largest number of enumerated occurrences of one rule.</summary>
    public const int MostOccurrences = 16;

    /// <summary>The axis of a rule whose first occurrences are enumerated.</summary>
    public static Axis OfChance(string key, int occurrences) => new(AxisKind.Probability, key, 1 << occurrences);

    /// <summary>What a digit means for each occurrence of a probability axis.</summary>
    public IReadOnlyList<bool> Outcomes(int digit) => [.. Enumerable.Range(0, int.Log2(Size)).Select(b => (digit >> b & 1) == 1)];

    /// <summary>The axis with a digit as it is written in a leaf key: <c>retries=1</c>, <c>wal~10</c>, <c>spec.star:7#3</c>.</summary>
    public string KeyText(int digit) => Kind switch
    {
        AxisKind.Choice => $"{Key}={Number(digit)}",
        AxisKind.Probability => $"{Key}~{Bits(digit)}",
        AxisKind.Schedule => $"{DigitText[digit]}",
        _ => $"{Key}#{Number(digit)}",
    };

    /// <summary>The axis with a digit as people read it: <c>retries=1</c>, <c>wal[10]</c>, <c>spec.star:7#3</c>.</summary>
    public string ShownText(int digit) => Kind == AxisKind.Probability ? $"{Key}[{Bits(digit)}]" : KeyText(digit);

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private string Bits(int digit) => string.Concat(Outcomes(digit).Select(fires => fires ? '1' : '0'));
}

/// <summary>An axis with the digit that one execution had.</summary>
public readonly record struct AxisDigit(Axis Axis, int Digit);
