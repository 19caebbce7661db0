namespace Starlark.Syntax;

// How deep a tree is, so that no walk over it can overflow the stack.
internal sealed partial class Parser
{
    private static int Deeper(Expression? a, Expression? b = null, Expression? c = null, Expression? d = null) =>
        Math.Max(Math.Max(a?.Depth ?? 0, b?.Depth ?? 0), Math.Max(c?.Depth ?? 0, d?.Depth ?? 0)) + 1;

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
