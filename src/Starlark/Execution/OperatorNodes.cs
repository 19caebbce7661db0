using System.Runtime.CompilerServices;

namespace Starlark.Execution;

internal sealed class AndNode(ExpressionNode left, ExpressionNode right) : ExpressionNode
{
    public override Value Evaluate(ref Frame frame)
    {
        var value = left.Evaluate(ref frame);
        return value.Truth ? right.Evaluate(ref frame) : value;
    }

    public override bool Test(ref Frame frame) => left.Test(ref frame) && right.Test(ref frame);
}

internal sealed class OrNode(ExpressionNode left, ExpressionNode right) : ExpressionNode
{
    public override Value Evaluate(ref Frame frame)
    {
        var value = left.Evaluate(ref frame);
        return value.Truth ? value : right.Evaluate(ref frame);
    }

    public override bool Test(ref Frame frame) => left.Test(ref frame) || right.Test(ref frame);
}

internal sealed class NotNode(ExpressionNode operand) : ExpressionNode
{
    public override Value Evaluate(ref Frame frame) => Value.Of(!operand.Test(ref frame));

    public override bool Test(ref Frame frame) => !operand.Test(ref frame);
}

internal sealed class UnaryNode(ExpressionNode operand, Func<Value, Value> operation, int place) : ExpressionNode
{
    public override Value Evaluate(ref Frame frame)
    {
        var x = operand.Evaluate(ref frame);
        frame.Record.At = place;
        return operation(x);
    }
}

/// <summary>Arithmetic on two operands; integers that fit are computed on the spot.</summary>
internal sealed class BinaryNode<TOperation, TLeft, TRight>(TLeft left, TRight right, int place) : ExpressionNode
    where TOperation : struct, IBinaryOperation
    where TLeft : struct, IOperand
    where TRight : struct, IOperand
{
    public override Value Evaluate(ref Frame frame)
    {
        var a = left.Load(ref frame);
        var b = right.Load(ref frame);
        return a.IsInt && b.IsInt && TOperation.TryIntegers(a.Bits, b.Bits, out var result)
            ? Value.Of(result)
            : Other(ref frame, a, b);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Value Other(ref Frame frame, Value a, Value b)
    {
        frame.Record.At = place;
        return TOperation.Apply(a, b);
    }
}

/// <summary><c>"format" % (a, b)</c>: no tuple is made.</summary>
internal sealed class FormatNode(StarlarkString format, ExpressionNode[] operands, int place) : ExpressionNode
{
    public override Value Evaluate(ref Frame frame)
    {
        var thread = frame.Thread;
        var values = thread.Allocate(operands.Length, out var mark);
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = operands[i].Evaluate(ref frame);
        }

        frame.Record.At = place;
        var text = StringFormatting.Percent(format, values, default);
        thread.Release(mark);
        return Value.Of(text);
    }
}

internal sealed class ComparisonNode<TComparison, TLeft, TRight>(TLeft left, TRight right, int place) : ExpressionNode
    where TComparison : struct, IComparison
    where TLeft : struct, IOperand
    where TRight : struct, IOperand
{
    public override Value Evaluate(ref Frame frame) => Value.Of(Test(ref frame));

    public override bool Test(ref Frame frame)
    {
        var a = left.Load(ref frame);
        var b = right.Load(ref frame);
        return a.IsInt && b.IsInt ? TComparison.Integers(a.Bits, b.Bits) : Other(ref frame, a, b);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool Other(ref Frame frame, Value a, Value b)
    {
        frame.Record.At = place;
        return TComparison.Apply(a, b);
    }
}

internal sealed class InNode(ExpressionNode left, ExpressionNode right, bool negated, int place) : ExpressionNode
{
    public override Value Evaluate(ref Frame frame) => Value.Of(Test(ref frame));

    public override bool Test(ref Frame frame)
    {
        var a = left.Evaluate(ref frame);
        var b = right.Evaluate(ref frame);
        frame.Record.At = place;
        return (b.Ref is StarlarkDict dict ? dict.Contains(a) : Operators.In(a, b)) != negated;
    }
}
