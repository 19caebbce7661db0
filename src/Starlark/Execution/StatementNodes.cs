namespace Starlark.Execution;

internal sealed class ExpressionStatementNode(ExpressionNode expression) : StatementNode
{
    public override Completion Execute(ref Frame frame)
    {
        expression.Evaluate(ref frame);
        return Completion.Normal;
    }
}

internal sealed class AssignNode(TargetNode target, ExpressionNode value) : StatementNode
{
    public override Completion Execute(ref Frame frame)
    {
        target.Assign(ref frame, value.Evaluate(ref frame));
        return Completion.Normal;
    }
}

internal sealed class LocalAssignNode(int slot, ExpressionNode value) : StatementNode
{
    public override Completion Execute(ref Frame frame)
    {
        frame.Locals[slot] = value.Evaluate(ref frame);
        return Completion.Normal;
    }
}

/// <summary><c>x += y</c> on a variable.</summary>
internal sealed class AugmentVariableNode(
    TargetNode target, ExpressionNode current, ExpressionNode value, Func<Value, Value, Value> operation, int place) : StatementNode
{
    public override Completion Execute(ref Frame frame)
    {
        var a = current.Evaluate(ref frame);
        var b = value.Evaluate(ref frame);
        frame.Record.At = place;
        target.Assign(ref frame, operation(a, b));
        return Completion.Normal;
    }
}

/// <summary><c>x += y</c> on a slot, with integers added in place.</summary>
internal sealed class AddToLocalNode(int slot, ExpressionNode current, ExpressionNode value, int place) : StatementNode
{
    public override Completion Execute(ref Frame frame)
    {
        var a = current.Evaluate(ref frame);
        var b = value.Evaluate(ref frame);
        if (a.IsInt && b.IsInt)
        {
            var sum = unchecked(a.Bits + b.Bits);
            if (((a.Bits ^ sum) & (b.Bits ^ sum)) >= 0)
            {
                frame.Locals[slot] = Value.Of(sum);
                return Completion.Normal;
            }
        }

        frame.Record.At = place;
        frame.Locals[slot] = Operators.AddInPlace(a, b);
        return Completion.Normal;
    }
}

/// <summary><c>x[k] += y</c>: container and key are evaluated once.</summary>
internal sealed class AugmentIndexNode(
    ExpressionNode operand, ExpressionNode key, ExpressionNode value, Func<Value, Value, Value> operation, int place) : StatementNode
{
    public override Completion Execute(ref Frame frame)
    {
        var x = operand.Evaluate(ref frame);
        var k = key.Evaluate(ref frame);
        frame.Record.At = place;
        var current = Operators.Index(x, k);
        var b = value.Evaluate(ref frame);
        frame.Record.At = place;
        Operators.SetIndex(x, k, operation(current, b));
        return Completion.Normal;
    }
}

/// <summary><c>x.name += y</c>.</summary>
internal sealed class AugmentAttributeNode(
    ExpressionNode operand, string name, ExpressionNode value, Func<Value, Value, Value> operation, int place) : StatementNode
{
    public override Completion Execute(ref Frame frame)
    {
        var x = operand.Evaluate(ref frame);
        frame.Record.At = place;
        var current = Operators.GetAttribute(x, name);
        var b = value.Evaluate(ref frame);
        frame.Record.At = place;
        Operators.SetAttribute(x, name, operation(current, b));
        return Completion.Normal;
    }
}

internal sealed class IfNode(ExpressionNode[] conditions, StatementNode[][] bodies) : StatementNode
{
    public override Completion Execute(ref Frame frame)
    {
        for (var i = 0; i < conditions.Length; i++)
        {
            if (conditions[i].Test(ref frame))
            {
                return ExecuteAll(bodies[i], ref frame);
            }
        }

        return bodies.Length > conditions.Length ? ExecuteAll(bodies[^1], ref frame) : Completion.Normal;
    }
}

internal sealed class JumpNode(Completion completion) : StatementNode
{
    public override Completion Execute(ref Frame frame) => completion;
}

internal sealed class ReturnNode(ExpressionNode? value) : StatementNode
{
    public override Completion Execute(ref Frame frame)
    {
        frame.Result = value?.Evaluate(ref frame) ?? Value.None;
        return Completion.Return;
    }
}

internal sealed class WhileNode(ExpressionNode condition, StatementNode[] body) : StatementNode
{
    public override Completion Execute(ref Frame frame)
    {
        while (condition.Test(ref frame))
        {
            frame.Thread.Step();
            var completion = ExecuteAll(body, ref frame);
            if (completion == Completion.Break)
            {
                break;
            }

            if (completion == Completion.Return)
            {
                return completion;
            }
        }

        return Completion.Normal;
    }
}

internal sealed class ForNode(TargetNode target, ExpressionNode iterable, StatementNode[] body, int place) : StatementNode
{
    public override Completion Execute(ref Frame frame)
    {
        var items = iterable.Evaluate(ref frame);
        switch (items.Ref)
        {
            case StarlarkRange range:
                return OverRange(range, ref frame);
            case StarlarkList list:
                return OverList(list, ref frame);
        }

        frame.Record.At = place;
        using var iterator = Operators.Iterate(items);
        while (iterator.MoveNext(out var item))
        {
            if (Once(item, ref frame) is var completion && completion is Completion.Break or Completion.Return)
            {
                return completion == Completion.Return ? completion : Completion.Normal;
            }
        }

        return Completion.Normal;
    }

    private Completion OverRange(StarlarkRange range, ref Frame frame)
    {
        var next = range.Start;
        for (var left = range.Length; left > 0; left--, next = unchecked(next + range.Step))
        {
            if (Once(Value.Of(next), ref frame) is var completion && completion is Completion.Break or Completion.Return)
            {
                return completion == Completion.Return ? completion : Completion.Normal;
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
                    return completion == Completion.Return ? completion : Completion.Normal;
                }
            }
        }
        finally
        {
            list.EndIteration(guarded);
        }

        return Completion.Normal;
    }

    private Completion Once(Value item, ref Frame frame)
    {
        frame.Thread.Step();
        target.Assign(ref frame, item);
        return ExecuteAll(body, ref frame);
    }
}

/// <summary>Loads a module and binds names of it.</summary>
internal sealed class LoadNode(string module, (string Exported, int Index)[] names, int place) : StatementNode
{
    public override Completion Execute(ref Frame frame)
    {
        frame.Record.At = place;
        var code = frame.Record.Code;
        var loader = frame.Thread.Loader ?? throw new EvalException($"cannot load \"{module}\": this program loads no modules");
        var loaded = loader(frame.Thread, module, new SourcePosition(code.File, Place.Line(place), Place.Column(place)));
        foreach (var (exported, index) in names)
        {
            if (!loaded.TryGet(exported, out var value))
            {
                var near = NearestName.Find(exported, loaded.Globals.Select(g => g.Name));
                throw new EvalException($"load: name {exported} not found in module {module}{(near is null ? "" : $" (did you mean {near}?)")}");
            }

            frame.Globals[index] = value;
        }

        return Completion.Normal;
    }
}
