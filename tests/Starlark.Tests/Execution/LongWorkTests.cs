using System.Diagnostics;

namespace Starlark.Tests.Execution;

/// <summary>Single operations that a script can make arbitrarily long: they heed cancellation, the step budget, and the memory there is.</summary>
[Trait("Category", "Slow")]
public sealed class LongWorkTests
{
    private const string Doubled = """
        def doubled(start, n, pair):
            for _ in range(n):
                start = pair(start)
            return start

        """;

    private static readonly TimeSpan Generous = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("list(range(1 << 40))")]
    [InlineData("sorted(range(10000000))")]
    [InlineData("sorted([(i % 7, i) for i in range(2000000)])")]
    [InlineData("all(range(1, 1 << 40))")]
    [InlineData("any([0] * 20000000)")]
    [InlineData("-1 in [0] * 20000000")]
    [InlineData("doubled(1, 60, lambda x: [x, x]) == doubled(1, 60, lambda x: [x, x])")]
    [InlineData("doubled(1, 60, lambda x: (x, x)) < doubled(1, 60, lambda x: (x, x))")]
    [InlineData("{doubled(1, 60, lambda x: (x, x)): 1}")]
    [InlineData("hasattr({doubled(1, 60, lambda x: struct(a = x, b = x)): 1}, 'x')")]
    [InlineData("str(doubled('', 60, lambda x: (x, x)))")]
    [InlineData("json.encode(doubled(1, 60, lambda x: [x, x]))")]
    [InlineData("('a' * (1 << 28)).replace('a', 'bc')")]
    [InlineData("(',' * (1 << 26)).split(',')")]
    [InlineData("('a ' * (1 << 26)).split()")]
    [InlineData("('\\n' * (1 << 26)).splitlines()")]
    [InlineData("('a' * (1 << 28)).elems()")]
    [InlineData("repr('\\x00' * (1 << 28))")]
    [InlineData("[x for x in range(1 << 40)]")]
    [InlineData("[len('x' * (1 << 30)) for _ in range(1000)]")]
    [InlineData("json.decode('[' + '1,' * 20000000 + '1]')")]
    [InlineData("[s | s for s in [set(range(1000000))] for _ in range(1 << 20)]")]
    [InlineData("[s & s for s in [set(range(1000000))] for _ in range(1 << 20)]")]
    [InlineData("[s.union([]) for s in [set(range(1000000))] for _ in range(1 << 20)]")]
    [InlineData("[s == t for s, t in [(set(range(1000000)), set(range(1000000)))] for _ in range(1 << 20)]")]
    [InlineData("('ab' * 5000000).find('ab' * 2000000 + 'c' + 'ab' * 2000000)")]
    public async Task Cancellation_is_noticed_within(string expression)
    {
        using var cancellation = new CancellationTokenSource();
        using var started = new SemaphoreSlim(0);
        var thread = new StarlarkThread("t") { CancellationToken = cancellation.Token, Print = _ => started.Release() };
        var module = Compile($"{Doubled}def f():\n    print('started')\n    for _ in range(1 << 40):\n        {expression}\nf()");

        var run = Task.Run(() => module.Execute(thread), TestContext.Current.CancellationToken);
        await started.WaitAsync(TestContext.Current.CancellationToken);
        await Task.Delay(TimeSpan.FromMilliseconds(100), TestContext.Current.CancellationToken);
        await cancellation.CancelAsync();
        var since = Stopwatch.StartNew();

        // An error of the limits may come first.
        var error = await Record.ExceptionAsync(() => run.WaitAsync(Generous, TestContext.Current.CancellationToken));
        Assert.True(error is OperationCanceledException or EvalException, $"{error} after {since.Elapsed}");
    }

    [Theory]
    [InlineData("list(range(1 << 40))")]
    [InlineData("doubled(1, 40, lambda x: [x, x]) == doubled(1, 40, lambda x: [x, x])")]
    [InlineData("{doubled(1, 40, lambda x: (x, x)): 1}")]
    [InlineData("str(doubled('', 40, lambda x: (x, x)))")]
    [InlineData("sorted([(i % 7, i) for i in range(5000)])")]
    [InlineData("('a' * 100000).replace('a', 'bc')")]
    public void Steps_are_counted_within(string expression)
    {
        var thread = new StarlarkThread("t") { MaxSteps = 20_000 };

        var error = Assert.Throws<EvalException>(() => Compile($"{Doubled}def f(): return {expression}\nf()").Execute(thread));

        Assert.Equal("too many steps: the limit is 20000", error.Message);
    }

    [Theory]
    [InlineData("x = [0]\n    for _ in range(64): x += x", "too many elements|out of memory")]
    [InlineData("x = [0]\n    for _ in range(64): x = x + x", "too many elements|out of memory")]
    [InlineData("x = 'ab'\n    for _ in range(64): x += x", "too long|out of memory")]
    [InlineData("x = 'ab'\n    for _ in range(64): x = '%s%s' % (x, x)", "too long|out of memory")]
    [InlineData("x = 3\n    for _ in range(64): x *= x", "too large")]
    [InlineData("x = ['x' * (1 << 29) for _ in range(1000)]", "out of memory")]
    [InlineData("x = repr('\\x00' * (1 << 29))", "too long")]
    public void Growth_ends_in_an_error(string body, string message)
    {
        var error = Assert.Throws<EvalException>(() => Compile($"def f():\n    {body}\nf()").Execute(new StarlarkThread("t")));

        Assert.Matches(message, error.Message);
    }

    [Theory]
    [InlineData("x = [x]", "{x: 1}", "unhashable")]
    [InlineData("x = (x,)", "{x: 1}", "nested too deeply to hash")]
    [InlineData("x = (x,)", "str(x)", "nested too deeply to print")]
    [InlineData("x = {0: x}", "x == y", "maximum recursion")]
    [InlineData("x = struct(a = x)", "x == y", "maximum recursion")]
    [InlineData("x = struct(a = x)", "{x: 1}", "nested too deeply to hash")]
    [InlineData("x = [x]", "json.encode(x)", "nested too deeply")]
    [InlineData("x = (x,)", "x < y", "maximum recursion")]
    public void Deep_values_end_in_an_error(string wrap, string use, string message)
    {
        var source = $"""
            def nested():
                x = 0
                for _ in range(20000):
                    {wrap}
                return x

            def f():
                x, y = nested(), nested()
                {use}

            f()
            """;

        var error = Assert.Throws<EvalException>(() => Compile(source).Execute(new StarlarkThread("t")));

        Assert.Matches(message, error.Message);
    }

    public static TheoryData<string, string> Pathological => new()
    {
        { "brackets", new string('[', 10_000) },
        { "closed brackets", "x = " + new string('[', 10_000) + new string(']', 10_000) },
        { "parentheses", "x = " + new string('(', 10_000) + "1" + new string(')', 10_000) },
        { "unary", "x = " + new string('-', 10_000) + "1" },
        { "not", "x = " + string.Concat(Enumerable.Repeat("not ", 10_000)) + "1" },
        { "lambdas", "x = " + string.Concat(Enumerable.Repeat("lambda: ", 10_000)) + "1" },
        { "conditions", "x = " + string.Concat(Enumerable.Repeat("1 if 1 else ", 10_000)) + "1" },
        { "sums", "x = " + string.Concat(Enumerable.Repeat("1 + ", 10_000)) + "1" },
        { "powers", "x = " + string.Concat(Enumerable.Repeat("1 ** ", 10_000)) + "1" },
        { "calls", "x = f" + string.Concat(Enumerable.Repeat("()", 10_000)) },
        { "attributes", "x = f" + string.Concat(Enumerable.Repeat(".a", 10_000)) },
        { "defs", string.Concat(Enumerable.Range(0, 1_500).Select(i => new string(' ', i) + "def f():\n")) + new string(' ', 1_500) + "pass" },
        { "ifs", string.Concat(Enumerable.Range(0, 1_500).Select(i => new string(' ', i) + "if 1:\n")) + new string(' ', 1_500) + "pass" },
        { "elifs", "if 1: pass\n" + string.Concat(Enumerable.Repeat("elif 1: pass\n", 20_000)) },
        { "targets", new string('[', 10_000) + "x" + new string(']', 10_000) + " = 1" },
        { "comprehension", "x = [1 " + string.Concat(Enumerable.Repeat("for x in [1] ", 10_000)) + "]" },
        { "decimal digits", "x = " + new string('9', 2_000_000) },
        { "hexadecimal digits", "x = 0x" + new string('f', 2_000_000) },
        { "binary digits", "x = 0b" + new string('1', 100_000) },
        { "errors", string.Concat(Enumerable.Repeat("x = )\n", 20_000)) },
        { "open strings", string.Concat(Enumerable.Repeat("'", 20_001)) },
        { "semicolons", string.Concat(Enumerable.Repeat("pass;", 50_000)) },
        { "statements", string.Concat(Enumerable.Range(0, 50_000).Select(i => $"x{i} = {i}\n")) },
    };

    [Theory]
    [MemberData(nameof(Pathological))]
    public void Sources_of_any_shape_end(string shape, string source)
    {
        Exception? error = null;
        var thread = new Thread(
            () => error = Record.Exception(() =>
                Script.Compile(source).Execute(new StarlarkThread(shape) { MaxSteps = 1_000_000 })),
            1 << 20);
        thread.Start();

        Assert.True(thread.Join(TimeSpan.FromSeconds(20)), "takes too long");
        Assert.True(error is null or SyntaxErrorException or EvalException, $"{shape}: {error}");
        Assert.DoesNotContain("internal error", error?.Message ?? "", StringComparison.Ordinal);
    }

    private static CompiledModule Compile(string source)
    {
        var names = new Predeclared();
        StandardModules.AddTo(names, TimeProvider.System);
        return Script.Compile(source, names: names);
    }
}
