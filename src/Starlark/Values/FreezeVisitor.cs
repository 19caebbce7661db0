namespace Starlark;

/// <summary>Walks everything reachable from some values and freezes it, each object once, without recursion.</summary>
public sealed class FreezeVisitor
{
    private readonly Stack<StarlarkObject> _pending = new();

    /// <summary>Freezes a value and everything reachable from it.</summary>
    public static void Freeze(Value value)
    {
        var visitor = new FreezeVisitor();
        visitor.Visit(value);
        visitor.Run();
    }

    /// <summary>Adds a value that is reachable.</summary>
    public void Visit(Value value)
    {
        if (value.Object is { IsFrozen: false } o)
        {
            _pending.Push(o);
        }
    }

    internal void Run()
    {
        while (_pending.TryPop(out var next))
        {
            if (!next.IsFrozen)
            {
                next.VisitChildren(this);
            }
        }
    }
}
