namespace Starlark.Execution;

/// <summary>One clause of a comprehension: a loop when it has a target, otherwise a condition.</summary>
internal sealed record ClauseCode(TargetNode? Target, ExpressionNode Operand, int Place);

/// <summary>A list or dictionary comprehension.</summary>
internal sealed class ComprehensionNode(ClauseCode[] clauses, ExpressionNode body, ExpressionNode? value, int place) : ExpressionNode
{
    public override Value Evaluate(ref Frame frame)
    {
        if (value is null)
        {
            var list = new StarlarkList();
            Run(0, ref frame, list, null);
            return Value.Of(list);
        }

        var dict = new StarlarkDict();
        Run(0, ref frame, null, dict);
        return Value.Of(dict);
    }

    private void Run(int index, ref Frame frame, StarlarkList? list, StarlarkDict? dict)
    {
        if (index == clauses.Length)
        {
            Add(ref frame, list, dict);
            return;
        }

        var clause = clauses[index];
        if (clause.Target is null)
        {
            if (clause.Operand.Test(ref frame))
            {
                Run(index + 1, ref frame, list, dict);
            }

            return;
        }

        var items = clause.Operand.Evaluate(ref frame);
        if (items.Ref is StarlarkRange range)
        {
            var next = range.Start;
            for (var left = range.Length; left > 0; left--, next = unchecked(next + range.Step))
            {
                Once(clause, Value.Of(next), index, ref frame, list, dict);
            }

            return;
        }

        frame.Record.At = clause.Place;
        using var iterator = Operators.Iterate(items);
        while (iterator.MoveNext(out var item))
        {
            Once(clause, item, index, ref frame, list, dict);
        }
    }

    private void Once(ClauseCode clause, Value item, int index, ref Frame frame, StarlarkList? list, StarlarkDict? dict)
    {
        frame.Thread.Step();
        clause.Target!.Assign(ref frame, item);
        Run(index + 1, ref frame, list, dict);
    }

    private void Add(ref Frame frame, StarlarkList? list, StarlarkDict? dict)
    {
        var item = body.Evaluate(ref frame);
        if (list is not null)
        {
            list.Add(item);
            return;
        }

        var entry = value!.Evaluate(ref frame);
        frame.Record.At = place;
        dict!.Set(item, entry);
    }
}
