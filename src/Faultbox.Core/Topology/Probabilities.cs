using System.Globalization;

namespace Faultbox.Core.Topology;

/// <summary>
/// The probability values of specifications: a text ending in <c>%</c> is always divided by 100, any other value above 1 is a
/// percentage. The result lies between 0 and 1.
/// </summary>
public static class Probabilities
{
    /// <summary>Parses a text such as <c>0.3</c>, <c>30</c>, <c>1%</c>.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out double probability)
    {
        var trimmed = text.Trim();
        var percent = trimmed.EndsWith("%");
        if (percent)
        {
            trimmed = trimmed[..^1].TrimEnd();
        }

        probability = 0;
        return double.TryParse(trimmed, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && (percent ? InRange(number / 100, out probability) : TryFromNumber(number, out probability));
    }

    /// <summary>Reads a number: 0 to 1 as it is, 1 to 100 as a percentage.</summary>
    public static bool TryFromNumber(double number, out double probability) =>
        InRange(number > 1 ? number / 100 : number, out probability);

    private static bool InRange(double value, out double probability)
    {
        var valid = value is >= 0 and <= 1;
        probability = valid ? value : 0;
        return valid;
    }
}
