using System.Globalization;

namespace Faultbox.Core.Topology;

/// <summary>Sizes and rates as specifications write them: <c>"64KiB"</c>, <c>"8MB"</c>, <c>"1mbit"</c>, <c>"256KB/s"</c>.</summary>
public static class ByteQuantities
{
    private static readonly (string Unit, double Bytes)[] Sizes =
    [
        ("KiB", 1024), ("MiB", 1024 * 1024), ("GiB", 1024 * 1024 * 1024), ("kB", 1e3), ("MB", 1e6), ("GB", 1e9), ("B", 1),
    ];

    private static readonly (string Unit, double BytesPerSecond)[] Rates =
    [
        ("kbit", 125), ("mbit", 125e3), ("gbit", 125e6), ("bit", 0.125), ("kbps", 125), ("mbps", 125e3), ("gbps", 125e6), ("bps", 0.125),
        ("kB/s", 1e3), ("MB/s", 1e6), ("GB/s", 1e9), ("KiB/s", 1024), ("MiB/s", 1024 * 1024), ("B/s", 1),
    ];

    /// <summary>Parses a size in bytes; a number without unit is bytes. Upper and lower case are alike.</summary>
    public static bool TryParseSize(string text, out long bytes)
    {
        bytes = 0;
        var known = long.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out bytes);
        if (!known && TryParse(text, Sizes, out var value) && value <= long.MaxValue)
        {
            bytes = (long)value;
            known = true;
        }

        return known;
    }

    /// <summary>Parses a rate in bytes for each second, more than 0. Upper and lower case are alike.</summary>
    public static bool TryParseRate(string text, out double bytesPerSecond) => TryParse(text, Rates, out bytesPerSecond) && bytesPerSecond > 0;

    private static bool TryParse(string text, (string Unit, double Factor)[] units, out double value)
    {
        value = 0;
        var trimmed = text.Trim();
        foreach (var (unit, factor) in units)
        {
            if (trimmed.EndsWith(unit, StringComparison.OrdinalIgnoreCase))
            {
                var number = trimmed[..^unit.Length].TrimEnd();
                var parsed = double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count);
                value = count * factor;
                return parsed;
            }
        }

        return false;
    }
}
