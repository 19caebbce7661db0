using System.Globalization;

namespace Faultbox.Core.Leaves;

/// <summary>Which leaves of the tests are run.</summary>
/// <param name="Ids">Numbers; empty for all.</param>
/// <param name="Pins">Axes that are fixed.</param>
public sealed record LeafSelection(IReadOnlyList<ulong> Ids, LeafPins Pins)
{
    private const ulong LongestRange = 100_000;

    /// <summary>Every leaf.</summary>
    public static LeafSelection All { get; } = new([], LeafPins.None);

    /// <summary>True when rows of a leaf are wanted.</summary>
    public bool Includes(ulong id) => Ids.Count == 0 || Ids.Contains(id);

    /// <summary>Reads values of a flag: numbers and ranges such as <c>4</c> and <c>2-5</c>, or one leaf key.</summary>
    public static bool TryParse(IReadOnlyList<string> values, out LeafSelection selection)
    {
        selection = All;
        if (values is [var only] && LeafPins.TryParse(only, out var pins))
        {
            selection = new LeafSelection([], pins);
            return true;
        }

        var ids = new SortedSet<ulong>();
        foreach (var value in values)
        {
            var dash = value.IndexOf('-', StringComparison.Ordinal);
            var (first, last) = dash < 0 ? (value, value) : (value[..dash], value[(dash + 1)..]);
            if (!TryParse(first, out var from) || !TryParse(last, out var to) || to < from || to - from > LongestRange)
            {
                return false;
            }

            for (var id = from; id <= to; id++)
            {
                ids.Add(id);
            }
        }

        selection = new LeafSelection([.. ids], LeafPins.None);
        return true;
    }

    private static bool TryParse(string text, out ulong id) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id);
}
