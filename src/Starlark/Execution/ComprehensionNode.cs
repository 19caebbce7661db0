namespace Starlark.Execution;

/// <summary>One clause of a comprehension: a loop when it has a target, otherwise a condition.</summary>
internal sealed record ClauseCode(TargetNode? Target, ExpressionNode Operand, int Place)
{
    /// <summary>The variable of a loop.</summary>
    public Destination Destination { get; } = Target is null ? default : new Destination(Target);

    /// <summary>The variables of a loop with several.</summary>
    public SequenceTarget? Sequence { get; } = Target as SequenceTarget;
}

/// <summary>A list or dictionary comprehension.</summary>
/// <param name="clauses">Clauses, a loop first.</param>
/// <param name="cells">Slots of its variables that functions within it capture: each evaluation has variables of its own.</param>
/// <param name="unset">Slots of the other variables when there are several loops: a later loop must not see what an earlier evaluation left.</param>
/// <param name="body">Element, or key.</param>
/// <param name="value">Value of a dictionary comprehension.</param>
/// <param name="place">Where the element or key is.</param>
internal sealed class ComprehensionNode(ClauseCode[] clauses, int[] cells, int[] unset, ExpressionNode body, ExpressionNode? value, int place) : ExpressionNode
{
    private const int LargestExpected = 1 << 18;

    public override Value Evaluate(ref Frame frame)
    {
        var first = Open(clauses[0], ref frame);
        foreach (var slot in cells)
        {
            frame.Local(slot) = Value.Of(new Cell());
        }

        foreach (var slot in unset)
        {
            frame.Local(slot) = default;
        }

        if (value is null)
        {
            var list = new StarlarkList(new Value[ExpectedCount(first.Items)], 0);
            Loop(0, first, ref frame, new Output(list, null));
            return Value.Of(list);
        }

        var dict = new StarlarkDict();
        Loop(0, first, ref frame, new Output(null, dict));
        return Value.Of(dict);
    }

    /// <summary>Room for the result of a single loop without condition; others grow as they go.</summary>
    private int ExpectedCount(Value items) => clauses.Length > 1 ? 0 : items.Ref switch
    {
        StarlarkRange range => (int)Math.Min(range.Length, LargestExpected),
        StarlarkList list => Math.Min(list.Count, LargestExpected),
        _ => 0,
    };

    private void Run(int index, ref Frame frame, in Output output)
    {
        if (index == clauses.Length)
        {
            Add(ref frame, output);
            return;
        }

        var clause = clauses[index];
        if (clause.Target is not null)
        {
            Loop(index, Open(clause, ref frame), ref frame, output);
        }
        else if (clause.Operand.Test(ref frame))
        {
            Run(index + 1, ref frame, output);
        }
    }

    private static Source Open(ClauseCode clause, ref Frame frame) =>
        clause.Sequence is null ? new Source(clause.Operand.Evaluate(ref frame), default)
        : clause.Operand.TryColumns(ref frame, out var items, out var columns) ? new Source(default, columns)
        : new Source(items, default);

    private void Loop(int index, in Source source, ref Frame frame, in Output output)
    {
        var clause = clauses[index];
        frame.Record.At = clause.Place;
        if (source.Items.IsUnset)
        {
            OverColumns(clause, source.Columns, index, ref frame, output);
            return;
        }

        var items = source.Items;
        switch (items.Ref)
        {
            case StarlarkRange range:
                var next = range.Start;
                for (var left = range.Length; left > 0; left--, next = unchecked(next + range.Step))
                {
                    Once(clause, Value.Of(next), index, ref frame, output);
                }

                break;
            case StarlarkList list:
                OverList(clause, list, index, ref frame, output);
                break;
            default:
                using (var iterator = Operators.Iterate(items))
                {
                    while (iterator.MoveNext(out var item))
                    {
                        Once(clause, item, index, ref frame, output);
                    }
                }

                break;
        }
    }

    private void OverColumns(ClauseCode clause, in Columns columns, int index, ref Frame frame, in Output output)
    {
        for (var row = 0; row < columns.Rows; row++)
        {
            frame.Record.At = clause.Place;
            frame.Thread.Step();
            clause.Sequence!.AssignRow(ref frame, columns, row);
            Run(index + 1, ref frame, output);
        }
    }

    private void OverList(ClauseCode clause, StarlarkList list, int index, ref Frame frame, in Output output)
    {
        var guarded = list.BeginIteration();
        try
        {
            for (var i = 0; i < list.Count; i++)
            {
                Once(clause, list.ElementAt(i), index, ref frame, output);
            }
        }
        finally
        {
            list.EndIteration(guarded);
        }
    }

    private void Once(ClauseCode clause, Value item, int index, ref Frame frame, in Output output)
    {
        frame.Record.At = clause.Place;
        frame.Thread.Step();
        clause.Destination.Assign(ref frame, item);
        Run(index + 1, ref frame, output);
    }

    private void Add(ref Frame frame, in Output output)
    {
        var item = body.Evaluate(ref frame);
        if (output.List is { } list)
        {
            if (!list.TryAdd(item))
            {
                list.Add(item);
            }

            return;
        }

        var entry = value!.Evaluate(ref frame);
        frame.Record.At = place;
        output.Dict!.Set(item, entry);
    }

    /// <summary>What a loop goes over: items, or columns when there are no items.</summary>
    private readonly record struct Source(Value Items, Columns Columns);

    /// <summary>What is being built: one of the two.</summary>
    private readonly record struct Output(StarlarkList? List, StarlarkDict? Dict);
}
