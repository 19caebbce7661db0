namespace Starlark.Tests.Execution;

public sealed class TracebackTests
{
    [Fact]
    public void A_traceback_lists_the_calls_outermost_first_and_the_failing_builtin() =>
        Assert.Equal(
            """
            Traceback (most recent call last):
              t.star:6:1: in <toplevel>
              t.star:5:15: in outer
              t.star:2:5: in inner
            Error in fail: fail: broken
            """,
            Script.Error("def inner():\n    fail('broken')\n\ndef outer():\n    x = [1] + inner()\nouter()").FormatTraceback());

    [Theory]
    [InlineData("def f():\n    return 1 + 'a'\nf()", "t.star:2:14: in f", "Error: unknown binary op: int + string")]
    [InlineData("def f(x):\n    return x[5]\nf([])", "t.star:2:12: in f", "Error: list index 5 out of range: empty list")]
    [InlineData("def f(x):\n    x.y = 1\nf([])", "t.star:2:7: in f", "Error: can't assign to .y field of list")]
    [InlineData("def f(x):\n    for a in x: pass\nf(1)", "t.star:2:14: in f", "Error: int value is not iterable")]
    [InlineData("def f(x):\n    x += {}\nf(1)", "t.star:2:7: in f", "Error: unknown binary op: int + dict")]
    [InlineData("def f(x):\n    return (\n        x.\n          missing)\nf([])", "t.star:4:11: in f", "Error: list has no .missing field or method")]
    [InlineData("f = lambda x: -x\nf('')", "t.star:1:15: in lambda", "Error: unknown unary op: -string")]
    public void An_error_of_an_operator_points_at_it(string source, string frame, string error)
    {
        var lines = Script.Error(source).FormatTraceback().Split('\n');

        Assert.Equal("  " + frame, lines[^2]);
        Assert.Equal(error, lines[^1]);
    }

    [Fact]
    public void An_error_of_a_callback_belongs_to_the_callback()
    {
        var error = Script.Error("def key(x):\n    return x + ''\nsorted([1], key = key)");

        Assert.Null(error.Builtin);
        Assert.Equal(["<toplevel>", "key"], error.Frames.Select(f => f.Name));
    }

    [Fact]
    public void A_builtin_knows_the_position_of_its_caller_and_the_stack()
    {
        var seen = new List<string>();
        var names = new Predeclared();
        names.Add("here", Value.Of(new StarlarkBuiltin(new Signature("here"), (thread, _) =>
        {
            seen.Add(thread.CallerPosition.ToString());
            seen.AddRange(thread.CallStack.Select(f => f.ToString()));
            return Value.None;
        })));

        Script.Compile("def f():\n    x = 1 if here() else 2\nf()", names: names).Execute(new StarlarkThread("t"));

        Assert.Equal(["t.star:2:14", "t.star:3:1: in <toplevel>", "t.star:2:14: in f"], seen);
    }

    [Fact]
    public void A_thread_can_be_used_again_after_an_error()
    {
        var thread = new StarlarkThread("t");
        var module = Script.Execute("def a(x):\n    return b(x)\ndef b(x):\n    return 1 // x");
        module.TryGet("a", out var a);

        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(2, Assert.Throws<EvalException>(() => thread.Call(a, Value.Of(0))).Frames.Count);
        }

        Assert.Equal("1", thread.Call(a, Value.Of(1)).ToString());
        Assert.Equal(0, thread.Depth);
    }

    [Fact]
    public void A_builtin_may_handle_the_error_of_a_callback()
    {
        var names = new Predeclared();
        names.Add("attempt", Value.Of(new StarlarkBuiltin(new Signature("attempt", Parameter.Required("f")), (thread, a) =>
        {
            try
            {
                return thread.Call(a[0]);
            }
            catch (EvalException e)
            {
                return Value.Of($"{e.Message} at depth {thread.Depth}");
            }
        })));

        var module = Script.Compile("def f():\n    return g()\ndef g():\n    fail('no')\ndef h():\n    return [attempt(f), attempt(f)]\nx = h()", names: names)
            .Execute(new StarlarkThread("t"));

        module.TryGet("x", out var x);
        Assert.Equal("[\"fail: no at depth 2\", \"fail: no at depth 2\"]", x.ToString());
    }

    [Fact]
    public void A_defect_of_the_embedder_becomes_an_error_with_a_traceback()
    {
        var names = new Predeclared();
        names.Add("bug", Value.Of(new StarlarkBuiltin(new Signature("bug"), (_, _) => throw new InvalidOperationException("oops"))));

        var error = Assert.Throws<EvalException>(() => Script.Compile("def f():\n    bug()\nf()", names: names).Execute(new StarlarkThread("t")));

        Assert.StartsWith("internal error: ", error.Message, StringComparison.Ordinal);
        Assert.Equal("t.star:2:5: in f", error.Frames[^1].ToString());
        Assert.IsType<InvalidOperationException>(error.InnerException);
    }
}
