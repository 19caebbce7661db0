using Starlark.Execution;

namespace Starlark.Compiling;

/// <summary>Chooses the node of a binary operator by the operator and by where its operands come from.</summary>
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
        _ => Select(operation, new ExpressionFactory(left, right, place)),
    };

    /// <summary>The statement <c>variable op= value</c>.</summary>
    public static StatementNode Augmented(string operation, TargetNode target, ExpressionNode current, ExpressionNode value, int place) =>
        Select(operation, new AugmentedFactory(target, current, value, place));

    /// <summary>The statement <c>operand[key] op= value</c>.</summary>
    public static StatementNode AugmentedIndex(string operation, ExpressionNode operand, ExpressionNode key, ExpressionNode value, int place) =>
        Select(operation, new AugmentedIndexFactory(operand, key, value, place));

    /// <summary>The statement <c>operand.name op= value</c>.</summary>
    public static StatementNode AugmentedAttribute(string operation, ExpressionNode operand, string name, ExpressionNode value, int place) =>
        Select(operation, new AugmentedAttributeFactory(operand, name, value, place));

    private static T Select<T>(string operation, IFactory<T> factory) => operation switch
    {
        "+" => factory.Make<Add>(),
        "-" => factory.Make<Subtract>(),
        "*" => factory.Make<Multiply>(),
        "/" => factory.Make<Divide>(),
        "//" => factory.Make<FloorDivide>(),
        "%" => factory.Make<Modulo>(),
        "**" => factory.Make<Power>(),
        "&" => factory.Make<BitwiseAnd>(),
        "|" => factory.Make<BitwiseOr>(),
        "^" => factory.Make<BitwiseXor>(),
        "<<" => factory.Make<ShiftLeft>(),
        ">>" => factory.Make<ShiftRight>(),
        _ => throw new InvalidOperationException($"no operator {operation}"),
    };

    private static ExpressionNode Comparison<T>(ExpressionNode left, ExpressionNode right, int place)
        where T : struct, IComparison => (left, right) switch
        {
            (LocalNode a, ConstantNode b) => new ComparisonNode<T, LocalOperand, ConstantOperand>(new(a), new(b), place),
            (LocalNode a, LocalNode b) => new ComparisonNode<T, LocalOperand, LocalOperand>(new(a), new(b), place),
            (_, ConstantNode b) => new ComparisonNode<T, NodeOperand, ConstantOperand>(new(left), new(b), place),
            _ => new ComparisonNode<T, NodeOperand, NodeOperand>(new(left), new(right), place),
        };

    private interface IFactory<out T>
    {
        T Make<TOperation>()
            where TOperation : struct, IBinaryOperation;
    }

    private sealed record ExpressionFactory(ExpressionNode Left, ExpressionNode Right, int Place) : IFactory<ExpressionNode>
    {
        public ExpressionNode Make<T>()
            where T : struct, IBinaryOperation => (Left, Right) switch
            {
                (LocalNode a, ConstantNode b) => new BinaryNode<T, LocalOperand, ConstantOperand>(new(a), new(b), Place),
                (LocalNode a, LocalNode b) => new BinaryNode<T, LocalOperand, LocalOperand>(new(a), new(b), Place),
                (LocalNode a, _) => new BinaryNode<T, LocalOperand, NodeOperand>(new(a), new(Right), Place),
                (_, ConstantNode b) => new BinaryNode<T, NodeOperand, ConstantOperand>(new(Left), new(b), Place),
                (_, LocalNode b) => new BinaryNode<T, NodeOperand, LocalOperand>(new(Left), new(b), Place),
                _ => new BinaryNode<T, NodeOperand, NodeOperand>(new(Left), new(Right), Place),
            };
    }

    private sealed record AugmentedFactory(TargetNode Target, ExpressionNode Current, ExpressionNode Value, int Place) : IFactory<StatementNode>
    {
        public StatementNode Make<T>()
            where T : struct, IBinaryOperation => (Target, Current, Value) switch
            {
                (LocalTarget, LocalNode x, ConstantNode y) => new AugmentLocalNode<T, ConstantOperand>(x, new(y), Place),
                (LocalTarget, LocalNode x, LocalNode y) => new AugmentLocalNode<T, LocalOperand>(x, new(y), Place),
                (LocalTarget, LocalNode x, _) => new AugmentLocalNode<T, NodeOperand>(x, new(Value), Place),
                _ => new AugmentVariableNode<T>(Target, Current, Value, Place),
            };
    }

    private sealed record AugmentedIndexFactory(ExpressionNode Operand, ExpressionNode Key, ExpressionNode Value, int Place) : IFactory<StatementNode>
    {
        public StatementNode Make<T>()
            where T : struct, IBinaryOperation => new AugmentIndexNode<T>(Operand, Key, Value, Place);
    }

    private sealed record AugmentedAttributeFactory(ExpressionNode Operand, string Name, ExpressionNode Value, int Place) : IFactory<StatementNode>
    {
        public StatementNode Make<T>()
            where T : struct, IBinaryOperation => new AugmentAttributeNode<T>(Operand, Name, Value, Place);
    }
}
