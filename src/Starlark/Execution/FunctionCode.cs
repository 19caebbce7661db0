namespace Starlark.Execution;

/// <summary>The compiled form of a function; shared by all its closures.</summary>
internal sealed class FunctionCode
{
    public required string Name { get; init; }

    public required string File { get; init; }

    /// <summary>Place of its name.</summary>
    public required int Start { get; init; }

    /// <summary>Names of all parameters that take one argument, plain ones first.</summary>
    public required string[] Parameters { get; init; }

    /// <summary>Slots of these parameters.</summary>
    public required int[] Slots { get; init; }

    /// <summary>Number of parameters that positional arguments can reach.</summary>
    public required int Positional { get; init; }

    /// <summary>For each parameter the index of its default, or -1.</summary>
    public required int[] Defaults { get; init; }

    /// <summary>Slot of <c>*args</c>, or -1.</summary>
    public required int VariadicSlot { get; init; }

    /// <summary>Slot of <c>**kwargs</c>, or -1.</summary>
    public required int KeywordSlot { get; init; }

    public required int LocalCount { get; init; }

    /// <summary>Slots that nested functions share.</summary>
    public required int[] Cells { get; init; }

    /// <summary>True when nested calls of itself are an error.</summary>
    public required bool ForbidsRecursion { get; init; }

    /// <summary>Statements; set once compilation of the function is complete.</summary>
    public StatementNode[] Body { get; private set; } = [];

    /// <summary>The value of a function that does nothing but return an expression.</summary>
    public ExpressionNode? Expression { get; private set; }

    /// <summary>True when parameters are plain only, in the first slots: a positional call can fill the slots directly.</summary>
    public required bool IsSimple { get; init; }

    /// <summary>True when every argument has a parameter of its own: there is neither <c>*args</c> nor <c>**kwargs</c>.</summary>
    public bool IsFixed => VariadicSlot < 0 && KeywordSlot < 0;

    public void SetBody(StatementNode[] body)
    {
        Body = body;
        Expression = body is [ReturnNode only] ? only.Value : null;
    }

    /// <summary>Runs the body in a frame.</summary>
    public Value Run(ref Frame frame)
    {
        foreach (var slot in Cells)
        {
            ref var local = ref frame.Local(slot);
            local = Value.Of(new Cell { Value = local });
        }

        if (Expression is { } expression)
        {
            return expression.Evaluate(ref frame);
        }

        foreach (var statement in Body)
        {
            if (statement.Execute(ref frame) == Completion.Return)
            {
                return frame.Result;
            }
        }

        return Value.None;
    }
}
