using System.Runtime.CompilerServices;

namespace Starlark.Execution;

/// <summary>How a statement ended.</summary>
internal enum Completion
{
    Normal,
    Break,
    Continue,
    Return,
}

/// <summary>A compiled expression.</summary>
internal abstract class ExpressionNode
{
    public abstract Value Evaluate(ref Frame frame);

    /// <summary>Truth of the value; comparisons answer without making one.</summary>
    public virtual bool Test(ref Frame frame) => Evaluate(ref frame).Truth;

    /// <summary>Evaluates for a loop that takes every element apart: true when there are columns in place of a value.</summary>
    public virtual bool TryColumns(ref Frame frame, out Value value, out Columns columns)
    {
        (value, columns) = (Evaluate(ref frame), default);
        return false;
    }
}

/// <summary>A compiled statement.</summary>
internal abstract class StatementNode
{
    public abstract Completion Execute(ref Frame frame);

    protected static Completion ExecuteAll(StatementNode[] body, ref Frame frame)
    {
        foreach (var statement in body)
        {
            var completion = statement.Execute(ref frame);
            if (completion != Completion.Normal)
            {
                return completion;
            }
        }

        return Completion.Normal;
    }
}

/// <summary>Refuses to go deeper when the stack is nearly used up; stands at intervals in deeply nested expressions.</summary>
internal sealed class StackGuardNode(ExpressionNode inner, int place) : ExpressionNode
{
    public override Value Evaluate(ref Frame frame)
    {
        StackGuard.Check(ref frame, place);
        return inner.Evaluate(ref frame);
    }
}

internal static class StackGuard
{
    public static void Check(ref Frame frame, int place)
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            frame.Record.At = place;
            throw new EvalException("calls and expressions are nested too deeply: the stack is used up");
        }
    }
}

internal sealed class ConstantNode(Value value) : ExpressionNode
{
    public Value Value => value;

    public override Value Evaluate(ref Frame frame) => value;
}

internal sealed class LocalNode(int slot, string name, int place) : ExpressionNode
{
    public int Slot => slot;

    public override Value Evaluate(ref Frame frame)
    {
        var value = frame.Local(slot);
        return value.Ref is null ? throw Unassigned(ref frame) : value;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public EvalException Unassigned(ref Frame frame)
    {
        frame.Record.At = place;
        return new EvalException($"local variable {name} referenced before assignment");
    }
}

internal sealed class CellNode(int slot, string name, int place) : ExpressionNode
{
    public override Value Evaluate(ref Frame frame)
    {
        var value = ((Cell)frame.Local(slot).Ref!).Value;
        if (!value.IsUnset)
        {
            return value;
        }

        frame.Record.At = place;
        throw new EvalException($"local variable {name} referenced before assignment");
    }
}

internal sealed class FreeNode(int index, string name, int place) : ExpressionNode
{
    public override Value Evaluate(ref Frame frame)
    {
        var value = frame.Free[index].Value;
        if (!value.IsUnset)
        {
            return value;
        }

        frame.Record.At = place;
        throw new EvalException($"local variable {name} referenced before assignment");
    }
}

internal sealed class GlobalNode(int index, string name, bool isFileLocal, int place) : ExpressionNode
{
    public override Value Evaluate(ref Frame frame)
    {
        var value = frame.Globals[index];
        if (!value.IsUnset)
        {
            return value;
        }

        frame.Record.At = place;
        throw new EvalException($"{(isFileLocal ? "local" : "global")} variable {name} referenced before assignment");
    }
}

internal sealed class ListNode(ExpressionNode[] items) : ExpressionNode
{
    public ExpressionNode[] Items => items;

    public override Value Evaluate(ref Frame frame) => Value.Of(new StarlarkList(All(items, ref frame), items.Length));

    public static Value[] All(ExpressionNode[] items, ref Frame frame)
    {
        if (items.Length == 0)
        {
            return [];
        }

        var values = new Value[items.Length];
        for (var i = 0; i < items.Length; i++)
        {
            values[i] = items[i].Evaluate(ref frame);
        }

        return values;
    }
}

/// <summary>A list display of constants: each evaluation makes a list of its own.</summary>
internal sealed class ConstantListNode(Value[] items) : ExpressionNode
{
    public Value[] Items => items;

    public override Value Evaluate(ref Frame frame) => Value.Of(new StarlarkList(new ReadOnlySpan<Value>(items).Copy(), items.Length));
}

internal sealed class TupleNode(ExpressionNode[] items) : ExpressionNode
{
    public ExpressionNode[] Items => items;

    public override Value Evaluate(ref Frame frame) => Value.Of(new StarlarkTuple(ListNode.All(items, ref frame)));
}

internal sealed class DictNode(ExpressionNode[] keys, ExpressionNode[] values, int[] places) : ExpressionNode
{
    public override Value Evaluate(ref Frame frame)
    {
        var dict = new StarlarkDict();
        for (var i = 0; i < keys.Length; i++)
        {
            var key = keys[i].Evaluate(ref frame);
            var value = values[i].Evaluate(ref frame);
            frame.Record.At = places[i];
            if (!dict.Table.Set(key, value))
            {
                throw new EvalException($"duplicate key: {key.Repr()}");
            }
        }

        return Value.Of(dict);
    }
}

internal sealed class AttributeNode(ExpressionNode operand, string name, int place) : ExpressionNode
{
    public override Value Evaluate(ref Frame frame)
    {
        var x = operand.Evaluate(ref frame);
        frame.Record.At = place;
        return Operators.GetAttribute(x, name);
    }
}

internal sealed class IndexNode(ExpressionNode operand, ExpressionNode key, int place) : ExpressionNode
{
    public override Value Evaluate(ref Frame frame)
    {
        var x = operand.Evaluate(ref frame);
        var k = key.Evaluate(ref frame);
        if (x.Ref is StarlarkList list)
        {
            if (k.IsInt && (ulong)k.Bits < (ulong)list.Count)
            {
                return list.ElementAt((int)k.Bits);
            }
        }
        else if (x.Ref is StarlarkDict dict)
        {
            frame.Record.At = place;
            if (dict.Table.TryGet(k, out var found))
            {
                return found;
            }
        }

        frame.Record.At = place;
        return Operators.Index(x, k);
    }
}

internal sealed class SliceNode(ExpressionNode operand, ExpressionNode? from, ExpressionNode? to, ExpressionNode? step, int place) : ExpressionNode
{
    public override Value Evaluate(ref Frame frame)
    {
        var x = operand.Evaluate(ref frame);
        var a = Part(from, ref frame);
        var b = Part(to, ref frame);
        var c = Part(step, ref frame);
        frame.Record.At = place;
        return Operators.Slice(x, a, b, c);
    }

    private static Value Part(ExpressionNode? part, ref Frame frame) => part is null ? default : part.Evaluate(ref frame);
}

internal sealed class ConditionalNode(ExpressionNode condition, ExpressionNode whenTrue, ExpressionNode whenFalse) : ExpressionNode
{
    public override Value Evaluate(ref Frame frame) =>
        condition.Test(ref frame) ? whenTrue.Evaluate(ref frame) : whenFalse.Evaluate(ref frame);
}

internal sealed class FunctionNode(FunctionCode code, ExpressionNode[] defaults, (bool IsCell, int Index)[] captured) : ExpressionNode
{
    public override Value Evaluate(ref Frame frame)
    {
        var values = ListNode.All(defaults, ref frame);
        var free = captured.Length == 0 ? [] : new Cell[captured.Length];
        for (var i = 0; i < free.Length; i++)
        {
            var (isCell, index) = captured[i];
            free[i] = isCell ? (Cell)frame.Local(index).Ref! : frame.Free[index];
        }

        return Value.Of(new StarlarkFunction(code, values, free, frame.Globals));
    }
}
