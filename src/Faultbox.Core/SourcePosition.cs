namespace Faultbox.Core;

/// <summary>A place in a specification file.</summary>
/// <param name="File">Path relative to the base directory, or an embedded module name.</param>
/// <param name="Line">Line, from 1.</param>
/// <param name="Column">Column in code points, from 1.</param>
public readonly record struct SourcePosition(string File, int Line, int Column)
{
    /// <summary>The form used in every message: <c>file:line:col</c>.</summary>
    public override string ToString() => $"{File}:{Line}:{Column}";
}

/// <summary>One frame of a specification traceback.</summary>
/// <param name="Position">Where the frame was executing.</param>
/// <param name="Name">Function name, <c>lambda</c> or <c>&lt;toplevel&gt;</c>.</param>
public readonly record struct SourceFrame(SourcePosition Position, string Name);
