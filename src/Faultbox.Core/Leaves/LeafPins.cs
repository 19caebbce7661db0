using System.Collections.Immutable;
using System.Globalization;

namespace Faultbox.Core.Leaves;

/// <summary>Digits that are fixed before a test is executed; axes without one are at 0.</summary>
public sealed record LeafPins
{
    /// <summary>Begins the part of a leaf key that is a schedule.</summary>
    internal const string SchedulePrefix = "sched:";

    private readonly ImmutableDictionary<(AxisKind Kind, string Key), int> _digits;

    private LeafPins(ImmutableDictionary<(AxisKind Kind, string Key), int> digits) => _digits = digits;

    /// <summary>Nothing is fixed.</summary>
    public static LeafPins None { get; } = new(ImmutableDictionary<(AxisKind Kind, string Key), int>.Empty);

    /// <summary>The fixed axes.</summary>
    public IEnumerable<(AxisKind Kind, string Key)> Axes => _digits.Keys.OrderBy(k => k.Kind).ThenBy(k => k.Key, StringComparer.Ordinal);

    /// <summary>The digit of an axis; false when it is free.</summary>
    public bool TryGet(AxisKind kind, string key, out int digit) => _digits.TryGetValue((kind, key), out digit);

    /// <summary>These with one more.</summary>
    public LeafPins With(Axis axis, int digit) => new(_digits.SetItem((axis.Kind, axis.Key), digit));

    /// <summary>Reads a leaf key, complete or not, such as <c>retries=1;wal~10;spec.star:7#3</c>.</summary>
    public static bool TryParse(string text, out LeafPins pins)
    {
        pins = None;
        var digits = pins._digits.ToBuilder();
        foreach (var part in text.Split(';'))
        {
            if (part.StartsWith(SchedulePrefix, StringComparison.Ordinal) && part.AsSpan(SchedulePrefix.Length).IndexOfAnyExcept(Axis.DigitText) < 0)
            {
                for (var moment = 0; moment < part.Length - SchedulePrefix.Length; moment++)
                {
                    var key = moment.ToString(CultureInfo.InvariantCulture);
                    digits[(AxisKind.Schedule, key)] = Axis.DigitText.IndexOf(part[SchedulePrefix.Length + moment], StringComparison.Ordinal);
                }

                continue;
            }

            var mark = part.LastIndexOfAny(['=', '~', '#']);
            if (mark <= 0 || !TryParseDigit(part[mark], part[(mark + 1)..], out var kind, out var digit))
            {
                return false;
            }

            digits[(kind, part[..mark])] = digit;
        }

        pins = new LeafPins(digits.ToImmutable());
        return true;
    }

    private static bool TryParseDigit(char mark, string text, out AxisKind kind, out int digit)
    {
        kind = mark switch { '=' => AxisKind.Choice, '~' => AxisKind.Probability, _ => AxisKind.Ordering };
        if (kind != AxisKind.Probability)
        {
            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out digit);
        }

        digit = 0;
        for (var b = 0; b < text.Length; b++)
        {
            digit |= text[b] == '1' ? 1 << b : 0;
        }

        return text.Length is > 0 and <= Axis.MostOccurrences && text.AsSpan().IndexOfAnyExcept('0', '1') < 0;
    }
}
