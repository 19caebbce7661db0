namespace Starlark.Tests.Execution;

/// <summary>What is frozen may run on many threads at once: everything that changes belongs to the thread, nothing to the callable.</summary>
public sealed class ConcurrencyTests
{
    private const int Threads = 8;
    private const int Calls = 2_000;

    private const string Source = """
        table = {"k%d" % i: [i, (i, "x" * i)] for i in range(20)}
        words = ["w%d" % i for i in range(10)]
        names = set(words)

        def scale(factor):
            def by(n, *rest, extra = [1, 2], **named):
                total = 0
                for key in table:
                    total += table[key][0] * factor
                for word in words:
                    for other in names:
                        total += 1 if word == other else 0
                text = "%s:{}:%d" % (n, total)
                chosen = sorted([x for x in words if x in names], key = lambda w: -len(w))
                return text.format(len(chosen) + len(rest) + len(extra) + len(named))
            return by

        call = scale(3)
        failing = lambda n: [x for x in table["k1"]][n]
        """;

    [Fact]
    public async Task A_frozen_callable_runs_on_many_threads_at_once()
    {
        var module = Script.Execute(Source);
        module.TryGet("call", out var call);
        module.TryGet("failing", out var failing);
        Assert.True(call.Object!.IsFrozen);
        using var start = new Barrier(Threads);

        var runs = Enumerable.Range(0, Threads).Select(t => Task.Factory.StartNew(
            () =>
            {
                var thread = new StarlarkThread($"worker {t}");
                start.SignalAndWait();
                for (var i = 0; i < Calls; i++)
                {
                    Assert.Equal($"{i}:{10 + 1 + 2 + 0}:580", thread.Call(call, Value.Of(i), Value.None).ToString());
                    var error = Assert.Throws<EvalException>(() => thread.Call(failing, Value.Of(9)));
                    Assert.Equal("list index 9 out of range [-2:1]", error.Message);
                    Assert.Single(error.Frames);
                    Assert.Equal(0, thread.Depth);
                }

                return thread.Steps;
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)).ToArray();

        var steps = await Task.WhenAll(runs);
        Assert.Single(steps.Distinct());
        Assert.True(steps[0] > Calls);
    }

    [Theory]
    [InlineData("f = lambda x: x", true)]
    [InlineData("def f(x = []): pass", false)]
    [InlineData("def outer():\n    seen = []\n    return lambda: seen\nf = outer()", false)]
    [InlineData("f = len", true)]
    [InlineData("f = [].append", false)]
    public void A_callable_knows_whether_it_is_frozen_before_its_module_is(string source, bool expected)
    {
        var module = Script.Compile(source).Execute(new StarlarkThread("t"), freeze: false);
        module.TryGet("f", out var before);

        Assert.Equal(expected, before.Object!.IsFrozen);
        FreezeVisitor.Freeze(before);
        Assert.True(before.Object!.IsFrozen);
    }

    [Fact]
    public void Threads_do_not_take_each_other_for_recursion()
    {
        var names = new Predeclared();
        var inner = new StarlarkThread("inner");
        Value function = default;
        names.Add("elsewhere", Value.Of(new StarlarkBuiltin(new Signature("elsewhere", Parameter.PositionOnly("n")), (_, a) =>
            inner.Call(function, a[0]))));
        var module = Script.Compile("def f(n): return n if n == 0 else elsewhere(0) + n", names: names).Execute(new StarlarkThread("load"));
        module.TryGet("f", out function);

        var result = new StarlarkThread("outer").Call(function, Value.Of(7));

        Assert.Equal("7", result.ToString());
    }
}
