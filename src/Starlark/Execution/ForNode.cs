namespace Starlark.Execution;

/// <summary>A <c>for</c> loop; ranges, lists and tuples are walked without an iterator.</summary>
internal sealed class ForNode(TargetNode target, ExpressionNode iterable, StatementNode[] body, int place) : StatementNode
{
    private readonly int _slot = target is LocalTarget local ? local.Slot : -1;

    public override Completion Execute(ref Frame frame)
    {
        var items = iterable.Evaluate(ref frame);
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
        if (_slot >= 0)
        {
            frame.Local(_slot) = item;
        }
        else
        {
            target.Assign(ref frame, item);
        }

        return ExecuteAll(body, ref frame);
    }
}
