namespace Faultbox.Reporting;

/// <summary>Counts of a run by outcome. Finer outcomes are counted in their own bucket and in the coarse one they refine.</summary>
public sealed class RunSummary
{
    private readonly SortedDictionary<string, int> _buckets = new(StringComparer.Ordinal);

    /// <summary>Counts rows by their outcome words.</summary>
    public static RunSummary Of(IEnumerable<string> outcomes)
    {
        var summary = new RunSummary();
        foreach (var outcome in outcomes)
        {
            summary.Add(outcome);
        }

        return summary;
    }

    /// <summary>Number of rows.</summary>
    public int Total { get; private set; }

    /// <summary>Rows whose checks held, bypassed faults included.</summary>
    public int Passed { get; private set; }

    /// <summary>Rows with a check that did not hold, for whatever finer reason.</summary>
    public int Failed { get; private set; }

    /// <summary>Rows whose run was not trustworthy.</summary>
    public int Errored { get; private set; }

    /// <summary>Count of one of the optional buckets, such as <c>fault_bypassed</c>; 0 when nothing fell into it.</summary>
    public int this[string bucket] => _buckets.GetValueOrDefault(bucket);

    /// <summary>The optional buckets that hold something, in documented order.</summary>
    public IEnumerable<KeyValuePair<string, int>> Others =>
        OptionalOrder.Where(_buckets.ContainsKey).Concat(_buckets.Keys.Except(OptionalOrder)).Select(b => KeyValuePair.Create(b, _buckets[b]));

    private static readonly string[] OptionalOrder =
        ["inconclusive", "halted", "expectation_violated", "fault_bypassed", "strict_determinism_violation", "nondeterministic"];

    private void Add(string outcome)
    {
        Total++;
        switch (outcome)
        {
            case "passed":
                Passed++;
                return;
            case "failed":
                Failed++;
                return;
            case "errored":
                Errored++;
                return;
            case "fault_bypassed":
                Passed++;
                break;
            case "expectation_violated" or "strict_determinism_violation" or "nondeterministic":
                Failed++;
                break;
        }

        _buckets[outcome] = _buckets.GetValueOrDefault(outcome) + 1;
    }
}
