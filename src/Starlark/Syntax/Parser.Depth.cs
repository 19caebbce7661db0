namespace Starlark.Syntax;

// How deep a tree is, so that no walk over it can overflow the stack.
internal sealed partial class Parser
{
    private static int Deeper(params ReadOnlySpan<Expression?> children)
    {
        var depth = 0;
        foreach (var child in children)
        {
            depth = Math.Max(depth, child?.Depth ?? 0);
        }

        return depth + 1;
    }

    private static int Deepest(List<Expression> children, int depth = 0)
    {
        foreach (var child in children)
        {
            depth = Math.Max(depth, child.Depth);
        }

        return depth + 1;
    }

    private T Checked<T>(T expression)
        where T : Expression =>
        expression.Depth <= MaximumDepth ? expression : throw Fail(expression.Start, $"expression has more than {MaximumDepth} levels: compute parts of it in statements of their own");
}
