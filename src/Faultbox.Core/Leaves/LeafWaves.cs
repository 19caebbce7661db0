namespace Faultbox.Core.Leaves;

/// <summary>
/// Finds the executions of a test while they are made. The first has every free axis at 0; each tells which axes it went through, and every
/// wave changes one axis behind the last changed one. So every reachable combination comes exactly once, axes that exist in one branch only
/// included. A leaf's number is its digits weighed by strides, which an axis gets when it is first seen and keeps.
/// </summary>
public sealed class LeafWaves
{
    private readonly LeafPins _fixed;
    private readonly IReadOnlyList<ulong> _wanted;
    private readonly List<(Axis Axis, ulong Stride)> _axes = [];
    private readonly List<LeafPlan> _done = [];
    private readonly HashSet<ulong> _executed = [];
    private Queue<LeafPins> _wave;
    private ulong _product = 1;
    private bool _decoded;
    private bool _hasSchedules;

    /// <summary>Starts with the first leaf.</summary>
    /// <param name="fixed">Axes that stay as they are.</param>
    /// <param name="wanted">Numbers of the only leaves that matter; empty for all. Others are executed as far as needed to find these.</param>
    public LeafWaves(LeafPins @fixed, IReadOnlyList<ulong> wanted)
    {
        _fixed = @fixed;
        _wanted = wanted;
        _wave = new Queue<LeafPins>([@fixed]);
    }

    /// <summary>Axes seen so far.</summary>
    public IReadOnlyList<Axis> Axes => [.. _axes.Select(a => a.Axis)];

    /// <summary>Wanted leaves that were not executed.</summary>
    public IEnumerable<ulong> NotFound => _wanted.Where(w => !_executed.Contains(w));

    /// <summary>Leaves executed so far and waiting in this wave.</summary>
    public int Known => _executed.Count + _wave.Count;

    /// <summary>The next execution; false when there is none left.</summary>
    public bool TryNext(out LeafPlan plan)
    {
        if (_wave.Count == 0)
        {
            _wave = new Queue<LeafPins>(NextWave());
            _done.Clear();
        }

        var found = _wave.TryDequeue(out var pins);
        plan = new LeafPlan(pins ?? LeafPins.None);
        return found;
    }

    /// <summary>Takes what an execution went through and returns its identity.</summary>
    public Leaf Complete(LeafPlan plan)
    {
        var digits = plan.Consulted.OrderBy(d => d.Axis.Kind).ToList();
        if (digits.Any(d => d.Digit > 0 && IsNumbered(d) && StrideOf(d.Axis) is null))
        {
            // Fixed beforehand: no wave has introduced it.
            AddAxes(digits);
        }

        // How many calls wait at a moment of a schedule depends on what was released before, so schedules are numbered as they come.
        _hasSchedules |= !digits.TrueForAll(IsNumbered);
        var id = _hasSchedules ? (ulong)_executed.Count : digits.Aggregate(0UL, (sum, d) => sum + ((ulong)d.Digit * (StrideOf(d.Axis) ?? 0)));
        var leaf = new Leaf(id, digits);
        _executed.Add(leaf.Id);
        _done.Add(plan);
        return leaf;
    }

    private List<LeafPins> NextWave()
    {
        foreach (var plan in _done)
        {
            AddAxes(plan.Consulted.OrderBy(d => d.Axis.Kind));
        }

        if (_decoded || (_wanted.Count > 0 && !NotFound.Any()))
        {
            return [];
        }

        if (_wanted.Count > 0 && !_hasSchedules && _wanted.All(w => w < _product))
        {
            _decoded = true;
            return [.. NotFound.Select(Decode)];
        }

        return [.. _done.SelectMany(Successors)];
    }

    private IEnumerable<LeafPins> Successors(LeafPlan plan)
    {
        var consulted = plan.Consulted;
        var last = consulted.Select((d, i) => d.Digit > 0 && !_fixed.TryGet(d.Axis.Kind, d.Axis.Key, out _) ? i : -1).DefaultIfEmpty(-1).Max();
        return consulted
            .Skip(last + 1)
            .Where(d => !_fixed.TryGet(d.Axis.Kind, d.Axis.Key, out _))
            .SelectMany(d => Enumerable.Range(1, d.Axis.Size - 1).Select(digit => plan.Pins.With(d.Axis, digit)));
    }

    private void AddAxes(IEnumerable<AxisDigit> digits)
    {
        foreach (var (axis, _) in digits.Where(d => IsNumbered(d) && StrideOf(d.Axis) is null))
        {
            _axes.Add((axis, _product));
            _product = checked(_product * (ulong)axis.Size);
        }
    }

    private static bool IsNumbered(AxisDigit digit) => digit.Axis.Kind != AxisKind.Schedule;

    private ulong? StrideOf(Axis axis)
    {
        var index = _axes.FindIndex(a => a.Axis.Kind == axis.Kind && a.Axis.Key == axis.Key);
        return index < 0 ? null : _axes[index].Stride;
    }

    private LeafPins Decode(ulong id) => _axes.Aggregate(_fixed, (pins, axis) =>
        (int)(id / axis.Stride % (ulong)axis.Axis.Size) is > 0 and var digit ? pins.With(axis.Axis, digit) : pins);
}
