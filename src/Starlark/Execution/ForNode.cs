namespace Starlark.Execution;

/// <summary>A <c>for</c> loop; ranges, lists and tuples are walked without an iterator.</summary>
internal sealed class ForNode(TargetNode target, ExpressionNode iterable, StatementNode[] body, int place) : StatementNode
{
    private readonly Destination _target = new(target);
    private readonly SequenceTarget? _sequence = target as SequenceTarget;

    public override Completion Execute(ref Frame frame)
    {
        if (_sequence is null)
        {
            return Over(iterable.Evaluate(ref frame), ref frame);
        }

        return iterable.TryColumns(ref frame, out var items, out var columns) ? OverColumns(_sequence, columns, ref frame) : Over(items, ref frame);
    }

    private Completion Over(Value items, ref Frame frame)
    {
        frame.Record.At = place;
        var completion = items.Ref switch
        {
            StarlarkRange range => OverRange(range, ref frame),
            StarlarkList list => OverList(list, ref frame),
            StarlarkTuple tuple => OverTuple(tuple, ref frame),
            _ => OverIterable(items, ref frame),
        };
        return completion == Completion.Return ? completion : Completion.Normal;
    }

    private Completion OverColumns(SequenceTarget sequence, in Columns columns, ref Frame frame)
    {
        for (var row = 0; row < columns.Rows; row++)
        {
            frame.Record.At = place;
            frame.Thread.Step();
            sequence.AssignRow(ref frame, columns, row);
            var completion = ExecuteAll(body, ref frame);
            if (completion is Completion.Break or Completion.Return)
            {
                return completion == Completion.Return ? completion : Completion.Normal;
            }
        }

        return Completion.Normal;
    }

    private Completion OverRange(StarlarkRange range, ref Frame frame)
    {
        var (next, step) = (range.Start, range.Step);
        for (var left = range.Length; left > 0; left--)
        {
            if (Once(Value.Of(next), ref frame) is var completion && completion is Completion.Break or Completion.Return)
            {
                return completion;
            }

            next = unchecked(next + step);
        }

        return Completion.Normal;
    }

    private Completion OverTuple(StarlarkTuple tuple, ref Frame frame)
    {
        for (var i = 0; i < tuple.Count; i++)
        {
            if (Once(tuple[i], ref frame) is var completion && completion is Completion.Break or Completion.Return)
            {
                return completion;
            }
        }

        return Completion.Normal;
    }

    private Completion OverList(StarlarkList list, ref Frame frame)
    {
        var guarded = list.BeginIteration();
        try
        {
            for (var i = 0; i < list.Count; i++)
            {
                if (Once(list.ElementAt(i), ref frame) is var completion && completion is Completion.Break or Completion.Return)
                {
                    return completion;
                }
            }
        }
        finally
        {
            list.EndIteration(guarded);
        }

        return Completion.Normal;
    }

    private Completion OverIterable(Value items, ref Frame frame)
    {
        using var iterator = Operators.Iterate(items);
        while (iterator.MoveNext(out var item))
        {
            if (Once(item, ref frame) is var completion && completion is Completion.Break or Completion.Return)
            {
                return completion;
            }
        }

        return Completion.Normal;
    }

    private Completion Once(Value item, ref Frame frame)
    {
        frame.Record.At = place;
        frame.Thread.Step();
        _target.Assign(ref frame, item);
        return ExecuteAll(body, ref frame);
    }
}
