namespace Starlark.Tests.Execution;

public sealed class ModuleTests
{
    [Fact]
    public void Loaded_names_are_local_to_the_file()
    {
        var library = Script.Execute("x = [1]\ny = 2\n_private = 3");

        var module = Script.Execute("load('lib.star', 'x', z = 'y')\nsum = [x, z]", loader: (_, _, _) => library);

        Assert.Equal(["sum"], module.Globals.Select(g => g.Name));
        module.TryGet("sum", out var sum);
        Assert.Equal("[[1], 2]", sum.ToString());
    }

    [Fact]
    public void The_loader_learns_the_module_string_and_the_position()
    {
        var seen = "";
        var library = Script.Execute("x = 1");

        Script.Execute("\nload('lib/a.star', 'x')", loader: (thread, name, at) =>
        {
            seen = $"{thread.Name} {name} {at}";
            return library;
        });

        Assert.Equal("test lib/a.star t.star:2:1", seen);
    }

    [Fact]
    public void A_missing_export_names_the_module_and_the_nearest_export()
    {
        var library = Script.Execute("helper = 1");

        var error = Script.Error("load('lib.star', 'helpr')", loader: (_, _, _) => library);

        Assert.Equal("load: name helpr not found in module lib.star (did you mean helper?)", error.Message);
    }

    [Fact]
    public void Load_needs_a_loader() =>
        Assert.Equal("cannot load \"a.star\": this program loads no modules", Script.Error("load('a.star', 'x')").Message);

    [Fact]
    public void Globals_come_in_the_order_of_their_first_binding() =>
        Assert.Equal(["b", "f", "a", "i"], Script.Execute("b = 1\ndef f(): pass\na = 2\nfor i in [1]: pass\nif False:\n    never = 1").Globals.Select(g => g.Name));

    [Theory]
    [InlineData("x = [1]\ndef f(): x.append(2)", "cannot append to frozen list")]
    [InlineData("x = {}\ndef f(): x['a'] = 1", "cannot insert into frozen dict")]
    [InlineData("x = ([],)\ndef f(): x[0].append(1)", "cannot append to frozen list")]
    [InlineData("def make():\n    hidden = []\n    return lambda: hidden.append(1)\nf = make()", "cannot append to frozen list")]
    [InlineData("def make():\n    d = {'k': {'l': []}}\n    def inner(): d['k']['l'].append(1)\n    return inner\nf = make()", "cannot append to frozen list")]
    [InlineData("x = [1]\ndef f():\n    for a in x: x[0] = 2", "cannot assign to element of frozen list")]
    public void Everything_a_global_reaches_is_frozen_after_execution(string source, string message)
    {
        Script.Execute(source).TryGet("f", out var f);

        Assert.Equal(message, Assert.Throws<EvalException>(() => new StarlarkThread("t").Call(f)).Message);
    }

    [Fact]
    public void Globals_are_frozen_after_a_failure_too()
    {
        var kept = new StarlarkList();
        var names = new Predeclared();
        names.Add("kept", Value.Of(new StarlarkBuiltin(new Signature("kept"), (_, _) => Value.Of(kept))));

        Assert.Throws<EvalException>(() => Script.Compile("x = kept()\nfail('no')", names: names).Execute(new StarlarkThread("t")));

        Assert.True(kept.IsFrozen);
    }

    [Fact]
    public void A_closure_made_while_a_function_runs_is_not_frozen()
    {
        Script.Execute("def make():\n    x = []\n    return lambda: x").TryGet("make", out var make);

        var closure = new StarlarkThread("t").Call(make);

        Assert.True(make.Object!.IsFrozen);
        Assert.False(closure.Object!.IsFrozen);
    }

    [Fact]
    public void A_compiled_module_executes_any_number_of_times_independently()
    {
        var compiled = Script.Compile("x = [1]\ndef f(): return x");
        compiled.Execute(new StarlarkThread("a")).TryGet("f", out var first);
        compiled.Execute(new StarlarkThread("b")).TryGet("f", out var second);

        var thread = new StarlarkThread("t");
        Assert.NotSame(thread.Call(first).Object, thread.Call(second).Object);
    }

    [Fact]
    public async Task A_frozen_function_runs_on_many_threads_at_once()
    {
        Script.Execute("""
            table = {"k%d" % i: i for i in range(100)}
            def pair(left, right = 1, *rest, **named): return left + right + len(rest) + len(named)
            def other(right, left): return left - right
            def work(seed):
                total = 0
                for i in range(2000):
                    f = pair if (i + seed) % 2 else other
                    total += f(left = i, right = seed)
                    total += table["k%d" % (i % 100)]
                    for method in ["upper", "lower"]:
                        total += len(getattr("ab", method)())
                    total += len([x for x in [i, seed]] if i % 3 else (i, seed))
                    for items in [[1], {1: 2}, (1, 2)]:
                        total += len(items)
                return total
            """).TryGet("work", out var work);
        var expected = Enumerable.Range(0, 8).Select(seed => new StarlarkThread("t").Call(work, Value.Of(seed)).ToString()).ToArray();

        var results = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => Task.Run(() =>
            new StarlarkThread($"t{i}").Call(work, Value.Of(i % 8)).ToString())));

        Assert.All(results.Index(), r => Assert.Equal(expected[r.Index % 8], r.Item));
    }

    [Fact]
    public void A_call_of_a_frozen_lambda_allocates_nothing()
    {
        Script.Execute("f = lambda n: n % 3 == 1 and n > 2").TryGet("f", out var f);
        var thread = new StarlarkThread("t");
        thread.Call(f, Value.Of(1));

        // Recompiling a hot method may allocate once; what a call allocates is allocated in every round.
        Assert.Contains(0L, Enumerable.Range(0, 5).Select(_ => AllocatedBy(1000)));

        long AllocatedBy(int calls)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < calls; i++)
            {
                thread.Call(f, Value.Of(i));
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }
}
