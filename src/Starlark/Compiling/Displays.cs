using Starlark.Execution;

namespace Starlark.Compiling;

/// <summary>Lists and tuples whose elements are written out where they are used.</summary>
internal static class Displays
{
    /// <summary>The sum of two displays of one type, as one display; null for anything else.</summary>
    public static ExpressionNode? Join(ExpressionNode left, ExpressionNode right) =>
        ListItems(left) is { } a && ListItems(right) is { } b ? List([.. a, .. b])
        : TupleItems(left) is { } x && TupleItems(right) is { } y ? Tuple([.. x, .. y])
        : null;

    public static ExpressionNode Tuple(ExpressionNode[] items) => ConstantFolding.Tuple(items) ?? (ExpressionNode)new TupleNode(items);

    public static ExpressionNode List(ExpressionNode[] items) =>
        ConstantFolding.Constants(items) is { } values ? new ConstantListNode(values) : new ListNode(items);

    /// <summary>The elements of a list display; null for anything else.</summary>
    public static ExpressionNode[]? ListItems(ExpressionNode node) => node switch
    {
        ListNode list => list.Items,
        ConstantListNode list => Array.ConvertAll(list.Items, Constant),
        _ => null,
    };

    private static ExpressionNode[]? TupleItems(ExpressionNode node) => node switch
    {
        TupleNode tuple => tuple.Items,
        ConstantNode { Value.Ref: StarlarkTuple tuple } => Array.ConvertAll(tuple.Items.ToArray(), Constant),
        _ => null,
    };

    private static ExpressionNode Constant(Value value) => new ConstantNode(value);
}
