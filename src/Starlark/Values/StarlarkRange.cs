namespace Starlark;

/// <summary>An arithmetic progression of integers that occupies constant memory.</summary>
public sealed class StarlarkRange(long start, long stop, long step) : StarlarkObject, IIndexed, IContainer, IIterable
{
    /// <summary>First element.</summary>
    public long Start => start;

    /// <summary>Distance between elements.</summary>
    public long Step => step;

    /// <summary>Number of elements.</summary>
    public long Length { get; } = LengthOf(start, stop, step);

    /// <inheritdoc/>
    public int Count => Length <= int.MaxValue ? (int)Length : throw new EvalException("range has too many elements");

    /// <inheritdoc/>
    public override string TypeName => "range";

    internal override string Member => FieldOrMethod;

    /// <inheritdoc/>
    public override bool Truth => Length > 0;

    /// <inheritdoc/>
    public Value ElementAt(int index) => Value.Of(start + (index * step));

    /// <inheritdoc/>
    public Value Slice(int first, int stride, int count)
    {
        var from = start + (first * step);
        var distance = step * stride;
        return Value.Of(new StarlarkRange(from, from + (count * distance), distance));
    }

    /// <inheritdoc/>
    public bool Contains(Value item)
    {
        if (item.IsFloat && item.AsDouble == Math.Floor(item.AsDouble) && Math.Abs(item.AsDouble) < long.MaxValue)
        {
            item = Value.Of((long)item.AsDouble);
        }

        if (!item.TryGetInt64(out var number))
        {
            return Numbers.IsNumber(item) ? false : throw new EvalException($"'in range' requires integer as left operand, not {item.TypeName}");
        }

        var offset = (Int128)number - start;
        return offset % step == 0 && offset / step >= 0 && offset / step < Length;
    }

    /// <inheritdoc/>
    public ValueIterator Iterate() => new Iterator(this);

    /// <inheritdoc/>
    public override void WriteRepr(ReprWriter w) => w.Write(step == 1 ? $"range({start}, {stop})" : $"range({start}, {stop}, {step})");

    /// <inheritdoc/>
    public override bool EqualTo(StarlarkObject other, int depth) =>
        other is StarlarkRange range
        && range.Length == Length
        && (Length == 0 || (range.Start == start && (Length == 1 || range.Step == step)));

    private static long LengthOf(long start, long stop, long step)
    {
        if (step > 0 ? stop <= start : stop >= start)
        {
            return 0;
        }

        // Differences of 64-bit integers fit 64 bits without sign.
        var distance = unchecked(step > 0 ? (ulong)stop - (ulong)start : (ulong)start - (ulong)stop);
        var size = unchecked(step > 0 ? (ulong)step : 0UL - (ulong)step);
        var length = ((distance - 1) / size) + 1;
        return length <= long.MaxValue ? (long)length : throw new EvalException("range has too many elements");
    }

    private sealed class Iterator(StarlarkRange range) : ValueIterator
    {
        private long _left = range.Length;
        private long _next = range.Start;

        public override bool MoveNext(out Value value)
        {
            value = Value.Of(_next);
            if (_left-- <= 0)
            {
                return false;
            }

            _next = unchecked(_next + range.Step);
            return true;
        }
    }
}
