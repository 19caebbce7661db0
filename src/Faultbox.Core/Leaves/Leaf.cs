namespace Faultbox.Core.Leaves;

/// <summary>One execution among the several of a test.</summary>
/// <param name="Id">Its number within the test.</param>
/// <param name="Digits">Axes it went through, in their order: choices, probabilities, orderings.</param>
public sealed record Leaf(ulong Id, IReadOnlyList<AxisDigit> Digits)
{
    /// <summary>Text that names the same execution as long as its axes exist, for example <c>retries=1;wal~10</c>.</summary>
    public string Key => string.Join(';', Plain.Select(d => d.Axis.KeyText(d.Digit)).Concat(Schedule));

    /// <summary>Text for people, for example <c>leaf 4 - retries=1, wal[10]</c>.</summary>
    public override string ToString() =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"leaf {Id} - {string.Join(", ", Plain.Select(d => d.Axis.ShownText(d.Digit)).Concat(Schedule))}");

    private IEnumerable<AxisDigit> Plain => Digits.Where(d => d.Axis.Kind != AxisKind.Schedule);

    private string[] Schedule => Digits.Any(d => d.Axis.Kind == AxisKind.Schedule)
        ? [LeafPins.SchedulePrefix + string.Concat(Digits.Where(d => d.Axis.Kind == AxisKind.Schedule).Select(d => d.Axis.KeyText(d.Digit)))]
        : [];
}
