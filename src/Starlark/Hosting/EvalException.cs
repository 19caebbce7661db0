using System.Text;

namespace Starlark;

/// <summary>One active call at the time of an error.</summary>
/// <param name="File">Source name.</param>
/// <param name="Line">Line, from 1.</param>
/// <param name="Column">Column in code points, from 1.</param>
/// <param name="Name">Function name, <c>lambda</c> or <c>&lt;toplevel&gt;</c>.</param>
public readonly record struct StackFrame(string File, int Line, int Column, string Name)
{
    /// <inheritdoc/>
    public override string ToString() => $"{File}:{Line}:{Column}: in {Name}";
}

/// <summary>An error while a script runs.</summary>
public sealed class EvalException : Exception
{
    private readonly List<StackFrame> _frames = [];

    /// <summary>Creates the error.</summary>
    public EvalException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    /// <summary>Active calls, outermost first.</summary>
    public IReadOnlyList<StackFrame> Frames => _frames;

    /// <summary>Name of the builtin that raised it; null when a script did.</summary>
    public string? Builtin { get; set; }

    /// <summary>A code of the embedder, kept through every layer.</summary>
    public object? Code { get; init; }

    /// <summary>The traceback: header, one line per frame, the error line.</summary>
    public string FormatTraceback()
    {
        var text = new StringBuilder("Traceback (most recent call last):\n");
        foreach (var frame in _frames)
        {
            text.Append("  ").Append(frame.ToString()).Append('\n');
        }

        return text.Append(Builtin is null ? "Error: " : $"Error in {Builtin}: ").Append(Message).ToString();
    }

    /// <summary>Records the builtin that an error passes first, unless a script raised it. A filter that never holds: see <see cref="Execution.Defects"/>.</summary>
    internal bool IsRaisedIn(string builtin)
    {
        if (Frames.Count == 0)
        {
            Builtin ??= builtin;
        }

        return false;
    }

    /// <summary>Records the stack once, at the innermost place that knows it.</summary>
    internal void SetFrames(IReadOnlyList<StackFrame> outermostFirst)
    {
        if (_frames.Count == 0)
        {
            _frames.AddRange(outermostFirst);
        }
    }
}
