using Starlark.Execution;

namespace Starlark.Compiling;

/// <summary>
/// Computes operations on constants once, when a file is compiled. What would fail is left to fail when it runs, and what would make a large
/// value is left to the limits of a running thread.
/// </summary>
internal static class ConstantFolding
{
    private const long LargestExponent = 256;
    private const int LongestText = 1024;

    /// <summary>The result of a binary operator; null when it is not known yet.</summary>
    public static ConstantNode? Binary(string operation, ExpressionNode left, ExpressionNode right)
    {
        if (left is not ConstantNode { Value: var a } || right is not ConstantNode { Value: var b })
        {
            return null;
        }

        return Numbers.IsNumber(a) && Numbers.IsNumber(b) ? Arithmetic(operation, a, b)
            : operation == "+" && a.Ref is StarlarkString x && b.Ref is StarlarkString y && x.Length + y.Length <= LongestText
                ? new ConstantNode(Operators.Add(a, b))
                : null;
    }

    /// <summary>The negative of a number; null when the operand is none.</summary>
    public static ConstantNode? Negative(ExpressionNode operand) =>
        operand is ConstantNode { Value: var number } && Numbers.IsNumber(number) ? new ConstantNode(Operators.Negate(number)) : null;

    /// <summary>A tuple of values that cannot change; null when one of the items is something else.</summary>
    public static ConstantNode? Tuple(ExpressionNode[] items) =>
        Constants(items) is { } values ? new ConstantNode(Value.Of(new StarlarkTuple(values))) : null;

    /// <summary>The values of items that are constants and cannot change; null when one of the items is something else.</summary>
    public static Value[]? Constants(ExpressionNode[] items) =>
        Array.TrueForAll(items, item => item is ConstantNode { Value: var value } && IsImmutable(value))
            ? Array.ConvertAll(items, item => ((ConstantNode)item).Value)
            : null;

    private static bool IsImmutable(Value value) => value.Object switch
    {
        null or StarlarkString or StarlarkBigInt => true,
        StarlarkTuple tuple => tuple.All(IsImmutable),
        _ => false,
    };

    private static ConstantNode? Arithmetic(string operation, Value a, Value b)
    {
        try
        {
            return operation switch
            {
                "+" => new ConstantNode(Operators.Add(a, b)),
                "-" => new ConstantNode(Operators.Subtract(a, b)),
                "*" => new ConstantNode(Operators.Multiply(a, b)),
                "/" => new ConstantNode(Operators.Divide(a, b)),
                "//" => new ConstantNode(Operators.FloorDivide(a, b)),
                "%" => new ConstantNode(Operators.Modulo(a, b)),
                "**" when IsSmall(a) && IsSmall(b) => new ConstantNode(Operators.Power(a, b)),
                "<<" when IsSmall(a) && IsSmall(b) => new ConstantNode(Operators.ShiftLeft(a, b)),
                _ => null,
            };
        }
        catch (EvalException)
        {
            return null;
        }
    }

    private static bool IsSmall(Value value) => value.IsInt && value.Bits is >= 0 and <= LargestExponent;
}
