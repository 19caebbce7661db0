using System.Diagnostics;

namespace Starlark.Tests.Execution;

/// <summary>How long cancelled code runs on: some milliseconds. The bounds here leave room for a busy machine.</summary>
public sealed class CancellationDelayTests
{
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData("while True: pass")]
    [InlineData("for i in range(1 << 60): pass")]
    [InlineData("[x for x in range(1 << 25) for y in range(1 << 25) if x < 0]")]
    [InlineData("for i in range(1 << 60): [(a, b) for a, b in enumerate(large)]")]
    [InlineData("for i in range(1 << 60): sorted(large, reverse = True)")]
    [InlineData("for i in range(1 << 60): sorted(large, key = lambda x: -x)")]
    [InlineData("for i in range(1 << 60): sorted(texts)")]
    [InlineData("for i in range(1 << 60): sorted(texts, key = lambda t: (t, 1))")]
    [InlineData("for i in range(1 << 60): ','.join(texts).split(',')")]
    [InlineData("for i in range(1 << 60): {x: x for x in large}")]
    [InlineData("for i in range(1 << 60): set(large) | set(texts)")]
    [InlineData("for i in range(1 << 60): max(large, key = lambda x: x)")]
    [InlineData("for i in range(1 << 60): list(zip(large, texts))")]
    [InlineData("for i in range(1 << 60): 'x' * (1 << 26)")]
    public async Task Cancelled_code_ends_at_once(string body)
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
        var module = Script.Compile(
            $"large = list(range(50000))\ntexts = ['t%d' % (i * 7919 % 50021) for i in large]\ndef f():\n    started()\n    {body}\nf()", names: names);

        var run = Task.Run(() => module.Execute(thread), TestContext.Current.CancellationToken);
        await started.WaitAsync(TestContext.Current.CancellationToken);
        await Task.Delay(50, TestContext.Current.CancellationToken);
        var cancelled = Stopwatch.GetTimestamp();
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        var delay = Stopwatch.GetElapsedTime(cancelled);
        TestContext.Current.TestOutputHelper?.WriteLine($"{delay.TotalMilliseconds:0.0} ms");
        Assert.InRange(delay, TimeSpan.Zero, s_bound);
    }
}
