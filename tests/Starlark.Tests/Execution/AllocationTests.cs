namespace Starlark.Tests.Execution;

public sealed class AllocationTests
{
    private const int Calls = 10_000;

    [Theory]
    [InlineData("f = lambda x: x > 3")]
    [InlineData("limit = 3\nf = lambda x: x > limit and x != 7")]
    [InlineData("def f(x):\n    return x % 2 == 0 or x < 100")]
    [InlineData("names = {1: True}\nf = lambda x: x in names or len(names) == x")]
    public void A_frozen_predicate_called_by_the_embedder_allocates_nothing(string source)
    {
        var function = Script.Execute(source).Globals.Single(g => g.Name == "f").Value;
        var thread = new StarlarkThread("predicates");

        Assert.True(function.Object!.IsFrozen);
        Assert.Equal(0, AllocatedBy(() =>
        {
            for (var i = 0; i < Calls; i++)
            {
                thread.Call(function, Value.Of(i)).TryGetBool(out _);
            }
        }));
    }

    [Theory]
    [InlineData("total += i * 3 - 1")]
    [InlineData("total = (total ^ i) & 1048575")]
    [InlineData("total = add(total, i % 7)")]
    [InlineData("if i // 2 > 10 and i != 4:\n            total = total - 1")]
    public void Arithmetic_on_small_integers_allocates_nothing(string statement)
    {
        var run = Script.Execute($$"""
            def add(a, b):
                return a + b

            def run(n):
                total = 0
                for i in range(n):
                    {{statement}}
                return total
            """).Globals.Single(g => g.Name == "run").Value;
        var thread = new StarlarkThread("loop");

        // The loop's range is the one object of a call, however long the loop is.
        var few = AllocatedBy(() => thread.Call(run, Value.Of(10)));
        var many = AllocatedBy(() => thread.Call(run, Value.Of(100_000)));
        Assert.Equal(few, many);
    }

    /// <summary>The least of several rounds: the runtime's own work on this thread, now and then, counts as well.</summary>
    private static long AllocatedBy(Action action)
    {
        var least = long.MaxValue;
        for (var round = 0; round < 8; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            action();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
