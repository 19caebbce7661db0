namespace Faultbox.Core.Leaves;

/// <summary>
/// The digits of one execution of a test. Whoever reaches an axis asks here, which is how the axes become known. Any thread.
/// </summary>
public sealed class LeafPlan(LeafPins pins)
{
    private readonly Lock _gate = new();
    private readonly List<AxisDigit> _consulted = [];

    /// <summary>A plan in which every axis is at 0.</summary>
    public LeafPlan()
        : this(LeafPins.None)
    {
    }

    /// <summary>What was fixed beforehand.</summary>
    public LeafPins Pins => pins;

    /// <summary>The axes that were asked for, in that order.</summary>
    public IReadOnlyList<AxisDigit> Consulted
    {
        get
        {
            lock (_gate)
            {
                return [.. _consulted];
            }
        }
    }

    /// <summary>Digit of an axis and the axis as it was first asked for; asking again for the same key gives the same answer.</summary>
    public AxisDigit Consult(Axis axis)
    {
        lock (_gate)
        {
            var known = _consulted.FindIndex(c => c.Axis.Kind == axis.Kind && c.Axis.Key == axis.Key);
            if (known >= 0)
            {
                return _consulted[known];
            }

            pins.TryGet(axis.Kind, axis.Key, out var digit);
            var consulted = new AxisDigit(axis, digit < axis.Size ? digit : 0);
            _consulted.Add(consulted);
            return consulted;
        }
    }
}
