using System.Runtime.CompilerServices;

namespace Starlark.Execution;

/// <summary><c>x op= y</c> on a slot; integers that fit are computed on the spot.</summary>
internal sealed class AugmentLocalNode<TOperation, TValue>(LocalNode target, TValue value, int place) : StatementNode
    where TOperation : struct, IBinaryOperation
    where TValue : struct, IOperand
{
    private readonly LocalOperand _current = new(target);
    private readonly int _slot = target.Slot;

    public override Completion Execute(ref Frame frame)
    {
        var a = _current.Load(ref frame);
        var b = value.Load(ref frame);
        frame.Local(_slot) = a.IsInt && b.IsInt && TOperation.TryIntegers(a.Bits, b.Bits, out var result)
            ? Value.Of(result)
            : Other(ref frame, a, b);
        return Completion.Normal;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Value Other(ref Frame frame, Value a, Value b)
    {
        frame.Record.At = place;
        return TOperation.ApplyInPlace(a, b);
    }
}

/// <summary><c>x += [a, b]</c> on a slot: a list takes the elements without another list being made.</summary>
internal sealed class AppendNode(LocalNode target, ExpressionNode[] items, int place) : StatementNode
{
    public override Completion Execute(ref Frame frame)
    {
        var current = target.Evaluate(ref frame);
        var values = frame.Thread.Allocate(items.Length, out var mark);
        for (var i = 0; i < items.Length; i++)
        {
            values[i] = items[i].Evaluate(ref frame);
        }

        frame.Record.At = place;
        if (current.Ref is StarlarkList list)
        {
            list.AddRange(values, "apply += to");
        }
        else
        {
            frame.Local(target.Slot) = Operators.AddInPlace(current, Value.Of(new StarlarkList(values.ToArray(), values.Length)));
        }

        frame.Thread.Release(mark);
        return Completion.Normal;
    }
}

/// <summary><c>x op= y</c> on a shared or global variable.</summary>
internal sealed class AugmentVariableNode<TOperation>(TargetNode target, ExpressionNode current, ExpressionNode value, int place) : StatementNode
    where TOperation : struct, IBinaryOperation
{
    public override Completion Execute(ref Frame frame)
    {
        var a = current.Evaluate(ref frame);
        var b = value.Evaluate(ref frame);
        frame.Record.At = place;
        target.Assign(ref frame, TOperation.ApplyInPlace(a, b));
        return Completion.Normal;
    }
}

/// <summary><c>x[k] op= y</c>: container and key are evaluated once.</summary>
internal sealed class AugmentIndexNode<TOperation>(ExpressionNode operand, ExpressionNode key, ExpressionNode value, int place) : StatementNode
    where TOperation : struct, IBinaryOperation
{
    /// <summary>True when computing the value runs no code of the script, so that the container cannot change meanwhile.</summary>
    private readonly bool _isAtHand = value is ConstantNode or LocalNode;

    public override Completion Execute(ref Frame frame)
    {
        var x = operand.Evaluate(ref frame);
        var k = key.Evaluate(ref frame);
        frame.Record.At = place;
        if (x.Ref is StarlarkList list && k.IsInt && (ulong)k.Bits < (ulong)list.Count)
        {
            InList(list, k, ref frame);
            return Completion.Normal;
        }

        if (_isAtHand && x.Ref is StarlarkDict dict && TryReplace(dict, k, ref frame))
        {
            return Completion.Normal;
        }

        Set(x, k, Operators.Index(x, k), value.Evaluate(ref frame), ref frame);
        return Completion.Normal;
    }

    private void Set(Value x, Value k, Value current, Value b, ref Frame frame)
    {
        frame.Record.At = place;
        Operators.SetIndex(x, k, TOperation.ApplyInPlace(current, b));
    }

    private void InList(StarlarkList list, Value k, ref Frame frame)
    {
        var current = list.ElementAt((int)k.Bits);
        var b = value.Evaluate(ref frame);
        if (!current.IsInt || !b.IsInt || !TOperation.TryIntegers(current.Bits, b.Bits, out var result) || !list.TrySet(k, Value.Of(result)))
        {
            Set(Value.Of(list), k, current, b, ref frame);
        }
    }

    /// <summary>Counting in a dictionary looks the key up once.</summary>
    private bool TryReplace(StarlarkDict dict, Value key, ref Frame frame)
    {
        ref var found = ref dict.Table.Find(key);
        if (Unsafe.IsNullRef(ref found) || !found.IsInt)
        {
            return false;
        }

        var b = value.Evaluate(ref frame);
        if (!b.IsInt || !TOperation.TryIntegers(found.Bits, b.Bits, out var result))
        {
            return false;
        }

        frame.Record.At = place;
        dict.CheckMutable("insert into");
        found = Value.Of(result);
        return true;
    }
}

/// <summary><c>x.name op= y</c>.</summary>
internal sealed class AugmentAttributeNode<TOperation>(ExpressionNode operand, string name, ExpressionNode value, int place) : StatementNode
    where TOperation : struct, IBinaryOperation
{
    public override Completion Execute(ref Frame frame)
    {
        var x = operand.Evaluate(ref frame);
        frame.Record.At = place;
        var current = Operators.GetAttribute(x, name);
        var b = value.Evaluate(ref frame);
        frame.Record.At = place;
        Operators.SetAttribute(x, name, TOperation.ApplyInPlace(current, b));
        return Completion.Normal;
    }
}
