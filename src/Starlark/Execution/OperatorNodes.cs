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

/// <summary>Any binary operator that has no node of its own.</summary>
internal sealed class BinaryNode(ExpressionNode left, ExpressionNode right, Func<Value, Value, Value> operation, int place) : ExpressionNode
{
    public override Value Evaluate(ref Frame frame)
    {
        var a = left.Evaluate(ref frame);
        var b = right.Evaluate(ref frame);
        frame.Record.At = place;
        return operation(a, b);
    }
}

internal sealed class AddNode(ExpressionNode left, ExpressionNode right, int place) : ExpressionNode
{
    public override Value Evaluate(ref Frame frame)
    {
        var a = left.Evaluate(ref frame);
        var b = right.Evaluate(ref frame);
        if (a.IsInt && b.IsInt)
        {
            var sum = unchecked(a.Bits + b.Bits);
            if (((a.Bits ^ sum) & (b.Bits ^ sum)) >= 0)
            {
                return Value.Of(sum);
            }
        }

        frame.Record.At = place;
        return Operators.Add(a, b);
    }
}

internal sealed class SubtractNode(ExpressionNode left, ExpressionNode right, int place) : ExpressionNode
{
    public override Value Evaluate(ref Frame frame)
    {
        var a = left.Evaluate(ref frame);
        var b = right.Evaluate(ref frame);
        if (a.IsInt && b.IsInt)
        {
            var difference = unchecked(a.Bits - b.Bits);
            if (((a.Bits ^ b.Bits) & (a.Bits ^ difference)) >= 0)
            {
                return Value.Of(difference);
            }
        }

        frame.Record.At = place;
        return Operators.Subtract(a, b);
    }
}

internal sealed class EqualNode(ExpressionNode left, ExpressionNode right, bool negated, int place) : ExpressionNode
{
    public override Value Evaluate(ref Frame frame) => Value.Of(Test(ref frame));

    public override bool Test(ref Frame frame)
    {
        var a = left.Evaluate(ref frame);
        var b = right.Evaluate(ref frame);
        if (a.IsInt && b.IsInt)
        {
            return a.Bits == b.Bits != negated;
        }

        frame.Record.At = place;
        return Value.Equals(a, b) != negated;
    }
}

internal sealed class OrderNode(string operation, ExpressionNode left, ExpressionNode right, int place) : ExpressionNode
{
    private readonly bool _less = operation[0] == '<';
    private readonly bool _orEqual = operation.Length == 2;

    public override Value Evaluate(ref Frame frame) => Value.Of(Test(ref frame));

    public override bool Test(ref Frame frame)
    {
        var a = left.Evaluate(ref frame);
        var b = right.Evaluate(ref frame);
        if (a.IsInt && b.IsInt)
        {
            return a.Bits == b.Bits ? _orEqual : a.Bits < b.Bits == _less;
        }

        frame.Record.At = place;
        return Operators.Compare(operation, a, b);
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
        return Operators.In(a, b) != negated;
    }
}
