using Starlark.Execution;

namespace Starlark.Compiling;

/// <summary>
/// Chooses the node of a binary operator by the operator and by where its operands come from. Every choice is spelled out, so that the code of
/// all nodes can be compiled ahead of time.
/// </summary>
internal static class OperatorSelection
{
    public static ExpressionNode Binary(string operation, ExpressionNode left, ExpressionNode right, int place) => operation switch
    {
        "and" => new AndNode(left, right),
        "or" => new OrNode(left, right),
        "in" => new InNode(left, right, negated: false, place),
        "not in" => new InNode(left, right, negated: true, place),
        "==" => Comparison<Equal>(left, right, place),
        "!=" => Comparison<NotEqual>(left, right, place),
        "<" => Comparison<Less>(left, right, place),
        "<=" => Comparison<LessOrEqual>(left, right, place),
        ">" => Comparison<Greater>(left, right, place),
        ">=" => Comparison<GreaterOrEqual>(left, right, place),
        "+" => Arithmetic<Add>(left, right, place),
        "-" => Arithmetic<Subtract>(left, right, place),
        "*" => Arithmetic<Multiply>(left, right, place),
        "/" => Arithmetic<Divide>(left, right, place),
        "//" => Arithmetic<FloorDivide>(left, right, place),
        "%" when left is ConstantNode { Value.Ref: StarlarkString format } && right is TupleNode tuple => new FormatNode(format, tuple.Items, place),
        "%" => Arithmetic<Modulo>(left, right, place),
        "**" => Arithmetic<Power>(left, right, place),
        "&" => Arithmetic<BitwiseAnd>(left, right, place),
        "|" => Arithmetic<BitwiseOr>(left, right, place),
        "^" => Arithmetic<BitwiseXor>(left, right, place),
        "<<" => Arithmetic<ShiftLeft>(left, right, place),
        ">>" => Arithmetic<ShiftRight>(left, right, place),
        _ => throw Unknown(operation),
    };

    /// <summary>The statement <c>variable op= value</c>.</summary>
    public static StatementNode Augmented(string operation, TargetNode target, ExpressionNode current, ExpressionNode value, int place) => operation switch
    {
        "+" when (target, current) is (LocalTarget, LocalNode variable) && Displays.ListItems(value) is { } items => new AppendNode(variable, items, place),
        "+" => Augmented<Add>(target, current, value, place),
        "-" => Augmented<Subtract>(target, current, value, place),
        "*" => Augmented<Multiply>(target, current, value, place),
        "/" => Augmented<Divide>(target, current, value, place),
        "//" => Augmented<FloorDivide>(target, current, value, place),
        "%" => Augmented<Modulo>(target, current, value, place),
        "**" => Augmented<Power>(target, current, value, place),
        "&" => Augmented<BitwiseAnd>(target, current, value, place),
        "|" => Augmented<BitwiseOr>(target, current, value, place),
        "^" => Augmented<BitwiseXor>(target, current, value, place),
        "<<" => Augmented<ShiftLeft>(target, current, value, place),
        ">>" => Augmented<ShiftRight>(target, current, value, place),
        _ => throw Unknown(operation),
    };

    /// <summary>The statement <c>operand[key] = value</c>.</summary>
    public static StatementNode IndexAssignment(LocalNode operand, ExpressionNode key, ExpressionNode value, int place) =>
        key is LocalNode variable
            ? new IndexAssignNode<LocalOperand>(new(operand), new(variable), value, place)
            : new IndexAssignNode<NodeOperand>(new(operand), new(key), value, place);

    /// <summary>The statement <c>operand[key] op= value</c>.</summary>
    public static StatementNode AugmentedIndex(string operation, ExpressionNode operand, ExpressionNode key, ExpressionNode value, int place) => operation switch
    {
        "+" => new AugmentIndexNode<Add>(operand, key, value, place),
        "-" => new AugmentIndexNode<Subtract>(operand, key, value, place),
        "*" => new AugmentIndexNode<Multiply>(operand, key, value, place),
        "/" => new AugmentIndexNode<Divide>(operand, key, value, place),
        "//" => new AugmentIndexNode<FloorDivide>(operand, key, value, place),
        "%" => new AugmentIndexNode<Modulo>(operand, key, value, place),
        "**" => new AugmentIndexNode<Power>(operand, key, value, place),
        "&" => new AugmentIndexNode<BitwiseAnd>(operand, key, value, place),
        "|" => new AugmentIndexNode<BitwiseOr>(operand, key, value, place),
        "^" => new AugmentIndexNode<BitwiseXor>(operand, key, value, place),
        "<<" => new AugmentIndexNode<ShiftLeft>(operand, key, value, place),
        ">>" => new AugmentIndexNode<ShiftRight>(operand, key, value, place),
        _ => throw Unknown(operation),
    };

    /// <summary>The statement <c>operand.name op= value</c>.</summary>
    public static StatementNode AugmentedAttribute(string operation, ExpressionNode operand, string name, ExpressionNode value, int place) => operation switch
    {
        "+" => new AugmentAttributeNode<Add>(operand, name, value, place),
        "-" => new AugmentAttributeNode<Subtract>(operand, name, value, place),
        "*" => new AugmentAttributeNode<Multiply>(operand, name, value, place),
        "/" => new AugmentAttributeNode<Divide>(operand, name, value, place),
        "//" => new AugmentAttributeNode<FloorDivide>(operand, name, value, place),
        "%" => new AugmentAttributeNode<Modulo>(operand, name, value, place),
        "**" => new AugmentAttributeNode<Power>(operand, name, value, place),
        "&" => new AugmentAttributeNode<BitwiseAnd>(operand, name, value, place),
        "|" => new AugmentAttributeNode<BitwiseOr>(operand, name, value, place),
        "^" => new AugmentAttributeNode<BitwiseXor>(operand, name, value, place),
        "<<" => new AugmentAttributeNode<ShiftLeft>(operand, name, value, place),
        ">>" => new AugmentAttributeNode<ShiftRight>(operand, name, value, place),
        _ => throw Unknown(operation),
    };

    private static ExpressionNode Comparison<T>(ExpressionNode left, ExpressionNode right, int place)
        where T : struct, IComparison => (left, right) switch
        {
            (LocalNode a, ConstantNode b) => new ComparisonNode<T, LocalOperand, ConstantOperand>(new(a), new(b), place),
            (LocalNode a, LocalNode b) => new ComparisonNode<T, LocalOperand, LocalOperand>(new(a), new(b), place),
            (_, ConstantNode b) => new ComparisonNode<T, NodeOperand, ConstantOperand>(new(left), new(b), place),
            _ => new ComparisonNode<T, NodeOperand, NodeOperand>(new(left), new(right), place),
        };

    private static ExpressionNode Arithmetic<T>(ExpressionNode left, ExpressionNode right, int place)
        where T : struct, IBinaryOperation => (left, right) switch
        {
            (LocalNode a, ConstantNode b) => new BinaryNode<T, LocalOperand, ConstantOperand>(new(a), new(b), place),
            (LocalNode a, LocalNode b) => new BinaryNode<T, LocalOperand, LocalOperand>(new(a), new(b), place),
            (LocalNode a, _) => new BinaryNode<T, LocalOperand, NodeOperand>(new(a), new(right), place),
            (_, ConstantNode b) => new BinaryNode<T, NodeOperand, ConstantOperand>(new(left), new(b), place),
            (_, LocalNode b) => new BinaryNode<T, NodeOperand, LocalOperand>(new(left), new(b), place),
            _ => new BinaryNode<T, NodeOperand, NodeOperand>(new(left), new(right), place),
        };

    private static StatementNode Augmented<T>(TargetNode target, ExpressionNode current, ExpressionNode value, int place)
        where T : struct, IBinaryOperation => (target, current, value) switch
        {
            (LocalTarget, LocalNode x, ConstantNode y) => new AugmentLocalNode<T, ConstantOperand>(x, new(y), place),
            (LocalTarget, LocalNode x, LocalNode y) => new AugmentLocalNode<T, LocalOperand>(x, new(y), place),
            (LocalTarget, LocalNode x, _) => new AugmentLocalNode<T, NodeOperand>(x, new(value), place),
            _ => new AugmentVariableNode<T>(target, current, value, place),
        };

    private static InvalidOperationException Unknown(string operation) => new($"no operator {operation}");
}
