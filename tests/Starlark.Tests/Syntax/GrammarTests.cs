namespace Starlark.Tests.Syntax;

public sealed class GrammarTests
{
    [Theory]
    [InlineData("2 ** 3 ** 2", "512")]
    [InlineData("-2 ** 2", "-4")]
    [InlineData("2 ** -1", "0.5")]
    [InlineData("1 + 2 * 3", "7")]
    [InlineData("(1 + 2) * 3", "9")]
    [InlineData("1 | 2 ^ 3 & 4 << 1", "3")]
    [InlineData("not 1 == 2", "True")]
    [InlineData("not 1 in [2] and 3 not in [2]", "True")]
    [InlineData("1 if 0 else 2 if 0 else 3", "3")]
    [InlineData("0 or 2 and 3", "3")]
    [InlineData("-1 - -1", "0")]
    [InlineData("~1 + +1", "-1")]
    [InlineData("(lambda x: x + 1)(2)", "3")]
    [InlineData("(lambda *a, k = 1, **kw: (a, k, kw))(1, k = 2, z = 3)", "((1,), 2, {\"z\": 3})")]
    [InlineData("[1, 2, 3][1:][0]", "2")]
    [InlineData("'abcdef'[::2]", "ace")]
    [InlineData("'abc'[::-1]", "cba")]
    [InlineData("{1: 2}[1]", "2")]
    [InlineData("{(1, 2): 3}[1, 2]", "3")]
    [InlineData("(1,)", "(1,)")]
    [InlineData("()", "()")]
    [InlineData("[x for xs in [[1], [2]] for x in xs if x > 1]", "[2]")]
    [InlineData("{k: v for k, v in [('a', 1)]}", "{\"a\": 1}")]
    [InlineData("[x for x in [1, 2, 3, 4] if x % 2 == 0 if x > 2]", "[4]")]
    [InlineData("[(lambda: x)() for x in [1, 2]]", "[1, 2]")]
    public void Expressions_have_the_value_of_their_structure(string expression, string value) =>
        Assert.Equal(value, Script.Output($"print({expression})"));

    [Theory]
    [InlineData("1 < 2 < 3", "1:11: < does not associate with <: comparison operators do not chain")]
    [InlineData("1 == 2 == 3", "1:12: == does not associate with ==: comparison operators do not chain")]
    [InlineData("1 is 2", "1:7: the operator 'is'")]
    [InlineData("(y := 3)", "1:8: ':=' is not supported")]
    [InlineData("(a for a in [])", "1:8: generator expressions")]
    [InlineData("any(a for a in [])", "1:11: generator expressions")]
    [InlineData("{1, 2}", "1:7: got ',', want ':': there are no set literals")]
    [InlineData("{a for a in []}", "1:8: got for, want ':': there are no set literals")]
    [InlineData("1 if 2", "1:11: conditional expression without else")]
    [InlineData("f(a = 1, 2)", "1:14: positional argument may not follow named")]
    [InlineData("f(*a, 2)", "1:11: positional argument may not follow *args")]
    [InlineData("f(a = 1, a = 2)", "1:14: keyword argument a repeated")]
    [InlineData("f(1 = 2)", "1:7: keyword argument must have form name=expr")]
    [InlineData("(1 +)", "1:9: got ')', want primary expression")]
    [InlineData("[1, 2", "1:10: got end of file, want ']' or ','")]
    [InlineData("y = 1", "1:7: chained assignment")]
    public void Expressions_outside_the_language_are_errors(string expression, string error) =>
        Assert.StartsWith(error, Script.StaticErrors($"x = {expression}")[0], StringComparison.Ordinal);

    [Fact]
    public void Named_arguments_may_follow_keywords_from_a_dict() =>
        Assert.Equal("[1, 2]", Script.Output("print((lambda a, b: [a, b])(**{'a': 1}, b = 2))"));

    [Fact]
    public void Set_literals_name_the_function_to_use() =>
        Assert.Contains("use set([...])", Script.StaticErrors("x = {1}")[0], StringComparison.Ordinal);

    [Theory]
    [InlineData("def f():\n    for x in []:\n        pass\n    else:\n        pass", "4:5: else after a for loop")]
    [InlineData("def f():\n    while x:\n        pass\n    else:\n        pass", "4:5: else after a while loop")]
    [InlineData("@f\ndef g():\n    pass", "1:1: decorators are not supported")]
    [InlineData("x: int = 1", "1:2: type annotations")]
    [InlineData("def f(x: int):\n    pass", "1:8: type annotations")]
    [InlineData("def f() -> int:\n    pass", "1:9: type annotations")]
    [InlineData("f() = 1", "1:1: can't assign to callexpr: the left side is a name, an index or an attribute, or a list or tuple of these")]
    [InlineData("f() += 1", "1:1: can't assign to callexpr: the left side is a name, an index or an attribute")]
    [InlineData("1 = 2", "1:1: can't assign to literal")]
    [InlineData("a + b = 2", "1:1: can't assign to binaryexpr")]
    [InlineData("x[1:] = 2", "1:1: can't assign to sliceexpr")]
    [InlineData("x[1, 2,:]", "1:8: got ':', want primary expression")]
    [InlineData("f(1))", "1:5: unexpected ')'")]
    [InlineData("def pass(): pass", "1:5: pass is not an identifier: want a function name")]
    [InlineData("def f(load): pass", "1:7: load is not an identifier: want a parameter name")]
    [InlineData("(a, b) += 1", "1:1: can't use tuple expression in augmented assignment")]
    [InlineData("for f() in []: pass", "1:5: can't assign to callexpr")]
    [InlineData("def f(a, a): pass", "1:10: duplicate parameter: a")]
    [InlineData("def f(*): pass", "1:7: bare * must be followed")]
    [InlineData("def f(*, **k): pass", "1:7: bare * must be followed")]
    [InlineData("def f(a = 1, b): pass", "1:14: required parameter may not follow optional")]
    [InlineData("def f(**k, a): pass", "1:12: parameter may not follow **kwargs")]
    [InlineData("def f(*a, *b): pass", "1:11: multiple * parameters")]
    [InlineData("def f():\npass", "2:1: got pass, want an indented block")]
    [InlineData("load(x, 'y')", "1:6: first operand of load statement must be a string literal")]
    [InlineData("load('m')", "1:1: load statement must import at least 1 symbol")]
    [InlineData("load('m', '_x')", "1:11: load: names with leading underscores are not exported: _x")]
    [InlineData("load('m', x = y)", "1:15: original name of loaded symbol must be quoted: x=\"originalname\"")]
    public void Statements_outside_the_language_are_errors(string source, string error) =>
        Assert.StartsWith(error, Script.StaticErrors(source)[0], StringComparison.Ordinal);

    [Theory]
    [InlineData(255, 0)]
    [InlineData(256, 1)]
    public void A_call_takes_255_arguments_of_a_kind(int count, int errors)
    {
        var positional = string.Join(", ", Enumerable.Repeat("1", count));
        var named = string.Join(", ", Enumerable.Range(0, count).Select(i => $"a{i} = 1"));

        Assert.Equal(errors, Script.StaticErrors($"print({positional})").Length);
        Assert.Equal(errors, Script.StaticErrors($"dict({named})").Length);
    }

    [Fact]
    public void The_tree_knows_where_its_nodes_start_and_end()
    {
        var tree = Script.Compile("x = dict(a = 1,\n  b = [2])\n").Tree;
        var assign = Assert.IsType<Starlark.Syntax.AssignStatement>(Assert.Single(tree.Statements));
        var call = Assert.IsType<Starlark.Syntax.CallExpression>(assign.Value);

        Assert.Equal((new(1, 5), new(2, 11)), (call.Start, call.End));
        Assert.Equal((new(2, 3), new(2, 10)), (call.Arguments[1].Start, call.Arguments[1].End));
        Assert.Equal((new(1, 1), new(2, 11)), (assign.Start, assign.End));
    }
}
