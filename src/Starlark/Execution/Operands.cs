using System.Runtime.CompilerServices;

namespace Starlark.Execution;

/// <summary>
/// Where a node takes an operand from. Nodes are generic over the source, so that the run-time compiler makes one body for each combination and
/// a variable or constant is read without a virtual call.
/// </summary>
internal interface IOperand
{
    Value Load(ref Frame frame);
}

internal readonly struct LocalOperand(LocalNode node) : IOperand
{
    private readonly LocalNode _node = node;
    private readonly int _slot = node.Slot;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Value Load(ref Frame frame)
    {
        var value = frame.Local(_slot);
        return value.Ref is null ? throw _node.Unassigned(ref frame) : value;
    }
}

internal readonly struct ConstantOperand(ConstantNode node) : IOperand
{
    private readonly Value _value = node.Value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Value Load(ref Frame frame) => _value;
}

internal readonly struct NodeOperand(ExpressionNode node) : IOperand
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Value Load(ref Frame frame) => node.Evaluate(ref frame);
}
