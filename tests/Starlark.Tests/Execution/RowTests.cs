namespace Starlark.Tests.Execution;

/// <summary>Loops that take tuples apart see what <c>zip</c>, <c>enumerate</c> and <c>items</c> return, whether or not the tuples are made.</summary>
public sealed class RowTests
{
    [Theory]
    [InlineData("[(i, x) for i, x in enumerate(['a', 'b'], 5)]", """[(5, "a"), (6, "b")]""")]
    [InlineData("[a + b for a, b in zip([1, 2, 3], (10, 20))]", "[11, 22]")]
    [InlineData("[a for a, in zip('xy'.elems())]", """["x", "y"]""")]
    [InlineData("[(k, v) for k, v in {'a': 1, 'b': 2}.items()]", """[("a", 1), ("b", 2)]""")]
    [InlineData("[(i, a, b) for i, (a, b) in enumerate([(1, 2), [3, 4]])]", "[(0, 1, 2), (1, 3, 4)]")]
    [InlineData("[a + n for n in range(2) for a, b in zip([1, 2], [3, 4]) if b > 3]", "[2, 3]")]
    [InlineData("[f() for f in [(lambda: a + b) for a, b in zip([1, 2], [3, 4])]]", "[6, 6]")]
    [InlineData("[a for a, b in zip()]", "[]")]
    [InlineData("[a for a, b, c in zip([], [])]", "[]")]
    [InlineData("{v: k for k, v in {'a': 1}.items()}", """{1: "a"}""")]
    public void Comprehensions_take_rows_apart(string expression, string expected) =>
        Assert.Equal(expected, Script.Output($"print(repr({expression}))"));

    [Fact]
    public void What_a_loop_goes_over_is_a_copy() =>
        Assert.Equal("[0, 1, 10, 11]", Script.Output("""
            def f():
                items = [0, 1]
                for i, x in enumerate(items):
                    items.append(10 + i)
                d = {1: 1}
                for k, v in d.items():
                    d[k + 1] = v
                return items
            print(f())
            """));

    [Fact]
    public void Loops_end_early_with_rows() =>
        Assert.Equal("(1, [0])", Script.Output("""
            def f():
                seen = []
                for i, x in enumerate("abc".elems()):
                    if x == "a":
                        seen.append(i)
                        continue
                    return i, seen
            print(f())
            """));

    [Theory]
    [InlineData("for a, b, c in zip([1], [2]): pass", "too few values to unpack (got 2, want 3)")]
    [InlineData("[a for a, b in zip([1], [2], [3])]", "too many values to unpack (got 3, want 2)")]
    [InlineData("for a, b in zip(1): pass", "argument #1 is not iterable: int")]
    [InlineData("for a, b in enumerate(): pass", "enumerate: missing argument for iterable")]
    public void Rows_that_do_not_fit_are_errors(string source, string message) =>
        Assert.Equal(message, Script.Error(source).Message);

    [Theory]
    [InlineData("'%s-%d' % ('x', 1)", "x-1")]
    [InlineData("'%s' % ((1, 2),)", "(1, 2)")]
    [InlineData("'%d%%' % (5,)", "5%")]
    public void Formats_take_a_tuple_apart(string expression, string expected) =>
        Assert.Equal(expected, Script.Output($"print({expression})"));

    [Theory]
    [InlineData("'%s' % (1, 2)", "too many arguments for format string")]
    [InlineData("'%s %s' % (1,)", "not enough arguments for format string")]
    [InlineData("'%(a)s' % (1, 2)", "format requires a mapping")]
    public void Formats_that_do_not_fit_are_errors(string expression, string message) =>
        Assert.Equal(message, Script.Error(expression).Message);

    [Theory]
    [InlineData("sorted([3, 1, 2] * 20, reverse = True)[:3]", "[3, 3, 3]")]
    [InlineData("sorted(['b', '', 'a\\0', 'a', 'aaaaaaaab', 'aaaaaaaaa'])", """["", "a", "a\x00", "aaaaaaaaa", "aaaaaaaab", "b"]""")]
    [InlineData("sorted(range(40), key = lambda x: x % 3) == [x for r in range(3) for x in range(40) if x % 3 == r]", "True")]
    [InlineData("sorted(range(40), key = lambda x: x % 3, reverse = True) == [x for r in (2, 1, 0) for x in range(40) if x % 3 == r]", "True")]
    [InlineData("sorted(range(40), key = lambda x: 'k' * (x % 3), reverse = True) == [x for r in (2, 1, 0) for x in range(40) if x % 3 == r]", "True")]
    [InlineData("sorted(range(1000), key = lambda x: str(x)) == sorted(range(1000), key = lambda x: (str(x), 0))", "True")]
    public void Sorting_is_stable_in_both_directions(string expression, string expected) =>
        Assert.Equal(expected, Script.Output($"print(repr({expression}))"));
}
