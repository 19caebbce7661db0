using System.Runtime.CompilerServices;

namespace Starlark.Execution;

/// <summary>What the nodes of one running call work on.</summary>
internal ref struct Frame
{
    public ref Value Locals;
    public Value[] Globals;
    public Cell[] Free;
    public StarlarkThread Thread;
    public CallRecord Record;
    public Value Result;

    /// <summary>The variable in a slot; slots are given out by the resolver and always in range.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly ref Value Local(int slot) => ref Unsafe.Add(ref Locals, slot);
}

/// <summary>A variable that several functions share.</summary>
internal sealed class Cell : StarlarkObject
{
    public Value Value;

    public override string TypeName => "cell";

    public override bool IsFrozen => Value.Object?.IsFrozen ?? true;

    protected internal override void VisitChildren(FreezeVisitor v) => v.Visit(Value);
}
