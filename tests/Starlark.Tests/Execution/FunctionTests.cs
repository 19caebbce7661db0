namespace Starlark.Tests.Execution;

public sealed class FunctionTests
{
    [Theory]
    [InlineData("f(1, c = 3)", "(1, 2, (), 3, 4, {})")]
    [InlineData("f(1, 9, c = 3)", "(1, 9, (), 3, 4, {})")]
    [InlineData("f(1, 9, 8, 7, c = 3, d = 5, z = 6)", "(1, 9, (8, 7), 3, 5, {\"z\": 6})")]
    [InlineData("f(c = 3, a = 1)", "(1, 2, (), 3, 4, {})")]
    [InlineData("f(*[1, 2, 3], **{'c': 4, 'q': 5})", "(1, 2, (3,), 4, 4, {\"q\": 5})")]
    [InlineData("f(0, *(1, 2), c = 3, **{'d': 4})", "(0, 1, (2,), 3, 4, {})")]
    public void Arguments_are_bound_to_parameters(string call, string result) =>
        Assert.Equal(result, Script.Output($"def f(a, b = 2, *args, c, d = 4, **kw):\n    return (a, b, args, c, d, kw)\nprint({call})"));

    [Theory]
    [InlineData("f()", "function f missing 2 arguments (a, b)")]
    [InlineData("f(1)", "function f missing 1 argument (b)")]
    [InlineData("f(b = 1)", "function f missing 1 argument (a)")]
    [InlineData("f(1, 2, 3, 4)", "function f accepts at most 3 positional arguments (4 given)")]
    [InlineData("f(1, a = 2)", "function f got multiple values for parameter \"a\"")]
    [InlineData("f(1, 2, option = 3)", "function f got an unexpected keyword argument option (did you mean optional?)")]
    [InlineData("f(1, 2, zzz = 3)", "function f got an unexpected keyword argument zzz")]
    [InlineData("f(*1)", "argument after * must be iterable, not int")]
    [InlineData("f(**1)", "argument after ** must be a mapping, not int")]
    [InlineData("f(**{1: 2})", "keywords must be strings, not int")]
    [InlineData("f(a = 1, **{'a': 2})", "function f got multiple values for parameter \"a\"")]
    [InlineData("g(1)", "function g accepts no arguments (1 given)")]
    [InlineData("None()", "invalid call of non-function (NoneType)")]
    public void Arguments_that_do_not_fit_are_errors(string call, string message) =>
        Assert.Equal(message, Script.Error($"def f(a, b, optional = 3): pass\ndef g(): pass\n{call}").Message);

    [Fact]
    public void A_site_that_meets_several_functions_binds_names_for_each() =>
        Assert.Equal("[(1, 2), (2, 1), {\"x\": 1, \"y\": 2}, (1, 2)]", Script.Output("""
            def f(x, y): return (x, y)
            def g(y, x): return (y, x)
            def call(h): return h(x = 1, y = 2)
            print([call(h) for h in [f, g, dict, f]])
            """));

    [Fact]
    public void Defaults_are_evaluated_once() =>
        Assert.Equal("[1, 1]", Script.Output("def f(x = []):\n    x.append(1)\n    return x\nf()\nprint(f())"));

    [Fact]
    public void Defaults_are_frozen_with_their_module()
    {
        var module = Script.Execute("def f(x = []):\n    x.append(1)");
        module.TryGet("f", out var f);

        Assert.Equal("cannot append to frozen list", Assert.Throws<EvalException>(() => new StarlarkThread("t").Call(f)).Message);
    }

    [Fact]
    public void Captured_variables_are_shared_cells() =>
        Assert.Equal("2 2 [3]", Script.Output("""
            def outer():
                x = 1
                items = []
                def get():
                    items.append(3)
                    return x
                x = 2
                def deeper():
                    def deepest(): return get()
                    return deepest()
                return x, deeper(), items
            a, b, c = outer()
            print(a, b, c)
            """));

    [Fact]
    public void A_function_does_not_assign_variables_of_the_enclosing_one() =>
        Assert.Equal("1", Script.Output("def f():\n    x = 1\n    def g():\n        x = 2\n    g()\n    return x\nprint(f())"));

    [Fact]
    public void Every_evaluation_of_a_comprehension_has_its_own_variables() =>
        Assert.Equal("[0, 1, 2]", Script.Output("print([f() for f in [[lambda: x for x in [i]][0] for i in range(3)]])"));

    [Fact]
    public void Comprehension_variables_are_local_to_it() =>
        Assert.Equal("1 [2, 4] [1]", Script.Output("x = 1\ny = [x * 2 for x in [1, 2]]\nz = [x for x in [x]]\nprint(x, y, z)"));

    [Theory]
    [InlineData("def f():\n    return x\n    x = 1\nf()", "local variable x referenced before assignment")]
    [InlineData("def f():\n    x += 1\nf()", "local variable x referenced before assignment")]
    [InlineData("def f():\n    g = lambda: x\n    g()\n    x = 1\nf()", "local variable x referenced before assignment")]
    [InlineData("def f():\n    return x\nf()\nx = 1", "global variable x referenced before assignment")]
    public void A_variable_is_not_read_before_it_is_assigned(string source, string message) =>
        Assert.Equal(message, Script.Error(source).Message);

    [Theory]
    [InlineData("def f(n): return f(n - 1)\nf(3)", "function f called recursively")]
    [InlineData("def f(n): return g(n)\ndef g(n): return f(n)\nf(3)", "function f called recursively")]
    [InlineData("f = lambda n: f(n - 1)\nf(3)", "function lambda called recursively")]
    [InlineData("def fix(f): return (lambda x: x(x))(lambda y: f(lambda *a: y(y)(*a)))\nfix(lambda self: lambda n: self(n - 1))(3)", "function lambda called recursively")]
    [InlineData("def f(x): return sorted([2, 1], key = f)\nf(1)", "function f called recursively")]
    public void Recursion_is_refused_by_the_code_that_is_active(string source, string message) =>
        Assert.Equal(message, Script.Error(source).Message);

    [Theory]
    [InlineData("a, b = 1, 2\nprint(a, b)", "1 2")]
    [InlineData("(a, [b, c]), d = (1, [2, 3]), 4\nprint(a, b, c, d)", "1 2 3 4")]
    [InlineData("x = [0, 1]\nx[0], x[1] = x[1], x[0]\nprint(x)", "[1, 0]")]
    [InlineData("x = {}\nx['k'] = 1\nx['k'] += 2\nprint(x)", "{\"k\": 3}")]
    [InlineData("x = [1]\ndef f():\n    y = x\n    y += [2]\nf()\nprint(x)", "[1, 2]")]
    [InlineData("def f():\n    x = (1,)\n    y = x\n    y += (2,)\n    return x, y\nprint(f())", "((1,), (1, 2))")]
    [InlineData("def f():\n    x = 9223372036854775807\n    x += 1\n    x *= 2\n    x -= 1\n    x //= 3\n    x %= 1000\n    return x\nprint(f())", "205")]
    [InlineData("def key(log):\n    log.append('k')\n    return 0\nlog = []\nx = [1]\nx[key(log)] += 1\nprint(x, log)", "[2] [\"k\"]")]
    public void Assignments_reach_every_kind_of_target(string source, string output) => Assert.Equal(output, Script.Output(source));

    [Theory]
    [InlineData("a, b = 1, 2, 3", "too many values to unpack (got 3, want 2)")]
    [InlineData("a, b = [1]", "too few values to unpack (got 1, want 2)")]
    [InlineData("a, b = 1", "got int in sequence assignment")]
    [InlineData("x = (1,)\nx[0] = 2", "tuple value does not support item assignment")]
    [InlineData("x = []\nx.field = 2", "can't assign to .field field of list")]
    public void Assignments_that_do_not_fit_are_errors(string source, string message) => Assert.Equal(message, Script.Error(source).Message);

    [Theory]
    [InlineData("for i in range(5):\n        if i == 3: break\n        r.append(i)", "[0, 1, 2]")]
    [InlineData("for i in range(5):\n        if i % 2: continue\n        r.append(i)", "[0, 2, 4]")]
    [InlineData("for k, v in {'a': 1}.items():\n        r.append((k, v))", "[(\"a\", 1)]")]
    [InlineData("for k in {'a': 1, 'b': 2}:\n        r.append(k)", "[\"a\", \"b\"]")]
    [InlineData("for i in range(3, 0, -1):\n        for j in (1, 2):\n            if j == 2: break\n            r.append((i, j))", "[(3, 1), (2, 1), (1, 1)]")]
    [InlineData("i = 0\n    while True:\n        i += 1\n        if i == 2: continue\n        if i > 4: break\n        r.append(i)", "[1, 3, 4]")]
    [InlineData("r += [x for x in range(3)]", "[0, 1, 2]")]
    public void Loops_run(string body, string result) =>
        Assert.Equal(result, Script.Output($"def f():\n    r = []\n    {body}\n    return r\nprint(f())"));

    [Theory]
    [InlineData("x = [1]\nfor a in x: x.append(a)", "cannot append to list during iteration")]
    [InlineData("x = {1: 2}\nfor a in x: x[a] = 3", "cannot insert into dict during iteration")]
    [InlineData("x = [1]\n[x.append(a) for a in x]", "cannot append to list during iteration")]
    public void What_is_iterated_does_not_change(string source, string message) => Assert.Equal(message, Script.Error(source).Message);

    [Fact]
    public void A_loop_that_fails_or_returns_lets_its_list_change_again()
    {
        var thread = new StarlarkThread("t");
        var items = new StarlarkList();
        items.Add(Value.Of(1));
        Script.Execute("def fails(x):\n    for a in x: fail('no')\ndef returns(x):\n    for a in x: return a").TryGet("fails", out var fails);

        Assert.Throws<EvalException>(() => thread.Call(fails, Value.Of(items)));
        items.Add(Value.Of(2));

        Assert.Equal(2, items.Count);
    }
}
