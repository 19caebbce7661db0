using System.Collections.Concurrent;
using Faultbox.Core.Verdicts;
using Faultbox.Spec.Execution;

namespace Faultbox.Spec.Tests.Execution;

/// <summary>
/// The lock that code which can reach unfrozen values holds: what branches running at the same time and callbacks of a running body are built
/// on.
/// </summary>
public sealed class SpecLockTests
{
    [Fact]
    public async Task Item_22_code_under_the_lock_never_overlaps_but_what_blocks_does()
    {
        for (var run = 0; run < 20; run++)
        {
            var spec = new SpecLock();
            var shared = new List<int>();
            using var bothBlock = new Barrier(2);
            var branches = Enumerable.Range(0, 2).Select(_ => Task.Factory.StartNew(
                () => spec.Hold(() =>
                {
                    for (var i = 0; i < 1000; i++)
                    {
                        shared.Add(i);
                        spec.Release(() => i % 100 != 0 || bothBlock.SignalAndWait(TimeSpan.FromSeconds(30)));
                    }

                    return true;
                }),
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default));
            await Task.WhenAll(branches);
            Assert.Equal(2000, shared.Count);
        }
    }

    [Fact]
    public void Waiting_code_gets_its_turn_in_the_order_it_came()
    {
        var spec = new SpecLock();
        var order = new ConcurrentQueue<int>();
        var threads = Enumerable.Range(0, 8).Select(number => new Thread(() => spec.Hold(() =>
        {
            order.Enqueue(number);
            return true;
        }))).ToList();
        spec.Hold(() =>
        {
            foreach (var thread in threads)
            {
                thread.Start();
                Assert.True(SpinWait.SpinUntil(() => thread.ThreadState.HasFlag(ThreadState.WaitSleepJoin), TimeSpan.FromSeconds(30)));
            }

            return true;
        });
        threads.ForEach(t => t.Join());
        Assert.Equal(Enumerable.Range(0, 8), order);
    }

    [Fact]
    public void The_lock_is_free_again_after_an_error()
    {
        var spec = new SpecLock();
        Assert.Throws<InvalidOperationException>(() => spec.Hold<int>(() => throw new InvalidOperationException()));
        Assert.Throws<InvalidOperationException>(() => spec.Hold(() => spec.Release<int>(() => throw new InvalidOperationException())));
        Assert.Equal(1, spec.Hold(() => 1));
    }

    [Fact]
    public void Item_23_a_frozen_callable_runs_on_many_threads_at_once()
    {
        var registry = new Spec.Loading.SpecRegistry(new Spec.Files.SpecFileSystem("/", _ => null));
        using var all = new CountdownEvent(50);
        var meet = new Starlark.StarlarkBuiltin(new Starlark.Signature("meet"), (_, _) =>
        {
            all.Signal();
            return Starlark.Value.Of(all.Wait(TimeSpan.FromSeconds(30)));
        });
        var names = new Starlark.Predeclared();
        names.Add("meet", Starlark.Value.Of(meet));
        var module = Starlark.CompiledModule.Compile(
            new Starlark.SourceFile("shop.star", "table = {\"k\": [1, 2, 3]}\ndef handler():\n    met = meet()\n    return met and sum_of(table[\"k\"])\ndef sum_of(xs):\n    s = 0\n    for x in xs:\n        s += x\n    return s\n"u8.ToArray()),
            Starlark.DialectOptions.Extended,
            names).Execute(new Starlark.StarlarkThread("load"));
        Assert.True(module.TryGet("handler", out var handler));
        var callable = (Starlark.StarlarkCallable)handler.Object!;
        Assert.True(callable.IsFrozen);
        var results = new ConcurrentBag<string>();
        var threads = Enumerable.Range(0, 50).Select(i => new Thread(() => results.Add(
            SpecThreads.Run($"mock-{i}", new SpecScope { Kind = ScopeKind.Ready, Registry = registry }, callable).Value.ToString()!))).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        Assert.Equal(Enumerable.Repeat("6", 50), results);
    }

    [Fact]
    public void A_body_gives_the_lock_away_while_a_step_blocks()
    {
        var test = SpecRun.One(SpecRun.WebService() + """
            def test_x():
                seen = []
                def note(e, s):
                    seen.append(e.type)
                    return s
                monitor("noting", on = match.event(type = "step_send"), update = note)
                for i in range(50):
                    web.main.get(path = "/200/x")
                for i in range(3000):
                    if len(seen) == 50:
                        break
                    sleep("10ms")
                assert_eq(len(seen), 50)
            """);
        Assert.True(test.Result == Result.Pass, test.Reason);
    }
}
