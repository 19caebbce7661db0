namespace Starlark.Execution;

/// <summary>One active call: its code and the place it has reached.</summary>
internal sealed class CallRecord
{
    public FunctionCode Code { get; private set; } = null!;

    /// <summary>The place, packed by <see cref="Place"/>.</summary>
    public int At { get; set; }

    /// <summary>Begins a call; one of the same function as before stores no reference.</summary>
    public void Start(FunctionCode code)
    {
        if (!ReferenceEquals(Code, code))
        {
            Code = code;
        }

        At = code.Start;
    }

    public StackFrame ToFrame() => new(Code.File, Place.Line(At), Place.Column(At), Code.Name);
}

/// <summary>Line and column in one integer: 20 bits for the line, 11 for the column.</summary>
internal static class Place
{
    private const int ColumnBits = 11;
    private const int MaximumColumn = (1 << ColumnBits) - 1;

    public static int Of(Syntax.TextPosition position) => (position.Line << ColumnBits) | Math.Min(position.Column, MaximumColumn);

    public static int Line(int place) => place >> ColumnBits;

    public static int Column(int place) => place & MaximumColumn;
}
