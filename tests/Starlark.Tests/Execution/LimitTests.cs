namespace Starlark.Tests.Execution;

public sealed class LimitTests
{
    private static readonly DialectOptions s_recursive = DialectOptions.Extended with { Recursion = true };

    [Theory]
    [InlineData("def f():\n    for i in range(1 << 60): pass\nf()")]
    [InlineData("def f():\n    while True: pass\nf()")]
    [InlineData("[x for x in range(1 << 60) if x < 0]")]
    [InlineData("def g(): pass\ndef f():\n    for i in range(1 << 60): g()\nf()")]
    public void Steps_are_limited_wherever_code_can_run_on(string source)
    {
        var thread = new StarlarkThread("t") { MaxSteps = 1000 };

        var error = Assert.Throws<EvalException>(() => Script.Compile(source).Execute(thread));

        Assert.Equal("too many steps: the limit is 1000", error.Message);
        Assert.Equal(1001, thread.Steps);
        Assert.NotEmpty(error.Frames);
    }

    [Fact]
    public void The_limit_itself_is_allowed()
    {
        var thread = new StarlarkThread("t") { MaxSteps = 12 };

        Script.Compile("for i in range(10): pass").Execute(thread);

        Assert.Equal(12, thread.Steps);
    }

    [Theory]
    [InlineData("while True: pass")]
    [InlineData("for i in range(1 << 60): pass")]
    [InlineData("[x for x in range(1 << 60) if x < 0]")]
    [InlineData("for i in range(1 << 60): len('')")]
    [InlineData("for i in range(1 << 60): ''.strip()")]
    public async Task Cancellation_ends_endless_code(string body)
    {
        using var cancellation = new CancellationTokenSource();
        using var started = new SemaphoreSlim(0);
        var names = new Predeclared();
        names.Add("started", Value.Of(new StarlarkBuiltin(new Signature("started"), (_, _) =>
        {
            started.Release();
            return Value.None;
        })));
        var thread = new StarlarkThread("t") { CancellationToken = cancellation.Token };
        var module = Script.Compile($"def f():\n    started()\n    {body}\nf()", names: names);

        var run = Task.Run(() => module.Execute(thread), TestContext.Current.CancellationToken);
        await started.WaitAsync(TestContext.Current.CancellationToken);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.Equal(0, thread.Depth);
    }

    [Fact]
    public void A_builtin_call_is_not_entered_after_cancellation()
    {
        using var cancellation = new CancellationTokenSource();
        var calls = 0;
        var names = new Predeclared();
        names.Add("cancel", Value.Of(new StarlarkBuiltin(new Signature("cancel"), (_, _) =>
        {
            calls++;
            cancellation.Cancel();
            return Value.None;
        })));

        Assert.Throws<OperationCanceledException>(() =>
            Script.Compile("cancel()\ncancel()", names: names).Execute(new StarlarkThread("t") { CancellationToken = cancellation.Token }));
        Assert.Equal(1, calls);
    }

    [Theory]
    [InlineData("def f(n): return 1 + f(n + 1)\nf(0)")]
    [InlineData("def f(n): return [x for x in [f(n + 1)]]\nf(0)")]
    [InlineData("def f(n):\n    for x in [1]:\n        if True:\n            return max([n], key = f)\nf(0)")]
    [InlineData("def f(n): return sorted([n], key = lambda x: f(x))\nf(0)")]
    [InlineData("def f(n, **kw): return f(n = n, **kw)\nf(0)")]
    public void Calls_nest_2000_deep_at_most_and_never_overflow_the_stack(string source)
    {
        var message = OnStackOf(8, () => Script.Error(source, s_recursive).Message);

        Assert.Matches("^call depth exceeds (19|20)[0-9]{2} frames$", message);
    }

    [Fact]
    public void Deep_calls_within_deep_expressions_never_overflow_the_stack()
    {
        var nested = string.Concat(Enumerable.Repeat("-(1 + ", 100)) + "f(n + 1)" + string.Concat(Enumerable.Repeat(")", 100));
        var blocks = string.Concat(Enumerable.Range(1, 150).Select(i => new string(' ', i) + "if True:\n"));

        var message = OnStackOf(8, () => Script.Error($"def f(n):\n{blocks}{new string(' ', 151)}return {nested}\nf(0)", s_recursive).Message);

        Assert.Matches("nested too deeply|call depth exceeds", message);
    }

    [Fact]
    public void A_small_stack_is_not_overflown_either()
    {
        var message = OnStackOf(1, () => Script.Error("def f(n): return [[f(n + 1)][0]]\nf(0)", s_recursive).Message);

        Assert.Contains("call depth exceeds", message, StringComparison.Ordinal);
    }

    private static T OnStackOf<T>(int mebibytes, Func<T> run)
    {
        T? result = default;
        var thread = new Thread(() => result = run(), mebibytes << 20);
        thread.Start();
        thread.Join();
        return result!;
    }
}
