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

/// <summary><c>x[k] = value</c> where a slot holds the container.</summary>
internal sealed class IndexAssignNode<TKey>(LocalOperand operand, TKey key, ExpressionNode value, int place) : StatementNode
    where TKey : struct, IOperand
{
    public override Completion Execute(ref Frame frame)
    {
        var item = value.Evaluate(ref frame);
        var x = operand.Load(ref frame);
        IndexTarget.Set(x, key.Load(ref frame), item, place, ref frame);
        return Completion.Normal;
    }
}

internal sealed class LocalAssignNode(int slot, ExpressionNode value) : StatementNode
{
    public override Completion Execute(ref Frame frame)
    {
        frame.Local(slot) = value.Evaluate(ref frame);
        return Completion.Normal;
    }
}

/// <summary><c>x, y = a, b</c>: all values are computed, then assigned from left to right; no tuple is made.</summary>
internal sealed class ParallelAssignNode(TargetNode[] targets, ExpressionNode[] values) : StatementNode
{
    private readonly Destination[] _targets = Array.ConvertAll(targets, t => new Destination(t));

    public override Completion Execute(ref Frame frame)
    {
        if (_targets.Length == 2)
        {
            var first = values[0].Evaluate(ref frame);
            var second = values[1].Evaluate(ref frame);
            _targets[0].Assign(ref frame, first);
            _targets[1].Assign(ref frame, second);
            return Completion.Normal;
        }

        var results = frame.Thread.Allocate(values.Length, out var mark);
        for (var i = 0; i < results.Length; i++)
        {
            results[i] = values[i].Evaluate(ref frame);
        }

        for (var i = 0; i < results.Length; i++)
        {
            _targets[i].Assign(ref frame, results[i]);
        }

        frame.Thread.Release(mark);
        return Completion.Normal;
    }
}

/// <summary>Refuses to go deeper when the stack is nearly used up; stands at intervals between nested blocks.</summary>
internal sealed class StackGuardStatementNode(StatementNode inner, int place) : StatementNode
{
    public override Completion Execute(ref Frame frame)
    {
        StackGuard.Check(ref frame, place);
        return inner.Execute(ref frame);
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

internal sealed class ReturnNode(ExpressionNode value) : StatementNode
{
    public ExpressionNode Value => value;

    public override Completion Execute(ref Frame frame)
    {
        frame.Result = value.Evaluate(ref frame);
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
