using System.Diagnostics;

namespace Starlark.Tests.Execution;

/// <summary>Every function and method on arguments that are large for it: cancelled code ends, whichever of them it is in.</summary>
[Trait("Category", "Slow")]
public sealed class LongBuiltinTests
{
    private const string Values = """
        numbers = list(range(2000000))
        words = ["w%d" % i for i in range(300000)]
        text = "ab, Cd\n" * 4000000
        data = bytes(text)
        table = {i: i for i in numbers}
        members = set(numbers)
        nested = [[i, {"a": str(i)}] for i in range(200000)]
        encoded = json.encode(nested)
        date = time.from_timestamp(0)
        layout = "2006-01-02 " + "literal, " * 1000000
        """;

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    private static readonly Lazy<Module> Shared = new(() => Compile(Values).Execute(new StarlarkThread("values")));

    /// <summary>A call of each function; of methods by the type they belong to.</summary>
    private static readonly Dictionary<string, string> Calls = new()
    {
        ["abs"] = "abs(-(1 << 500) * (1 << 500))",
        ["all"] = "all(words)",
        ["any"] = "any([0] * 3000000)",
        ["bool"] = "bool(numbers)",
        ["bytes"] = "bytes([1] * 3000000), bytes(text)",
        ["chr"] = "chr(233)",
        ["dict"] = "dict([(i, i) for i in numbers]), dict(table)",
        ["dir"] = "dir(text)",
        ["enumerate"] = "enumerate(numbers)",
        ["fail"] = "fail(numbers)",
        ["float"] = "float('1' * 300)",
        ["getattr"] = "getattr(text, 'upper')",
        ["hasattr"] = "hasattr(text, 'upper')",
        ["hash"] = "hash(text)",
        ["int"] = "int('7' * 300000), int('7' * 200000, 36)",
        ["len"] = "len(numbers)",
        ["list"] = "list(table), list(numbers)",
        ["max"] = "max(numbers), max(words), max(numbers, key = str)",
        ["min"] = "min(numbers), min(words), min(numbers, key = str)",
        ["ord"] = "ord('x')",
        ["print"] = "print(numbers)",
        ["range"] = "range(1 << 60)",
        ["repr"] = "repr(nested)",
        ["reversed"] = "reversed(numbers)",
        ["set"] = "set(numbers)",
        ["sorted"] = "sorted(words), sorted(numbers, key = lambda n: -n)",
        ["str"] = "str(nested), str(1 << 511), str(2 ** 1000000)",
        ["tuple"] = "tuple(numbers)",
        ["type"] = "type(numbers)",
        ["zip"] = "zip(numbers, numbers)",
        ["list.append"] = "[].append(1)",
        ["list.clear"] = "list(numbers).clear()",
        ["list.extend"] = "list(numbers).extend(numbers)",
        ["list.index"] = "numbers.index(1999999)",
        ["list.insert"] = "list(numbers).insert(0, 1)",
        ["list.pop"] = "list(numbers).pop(0)",
        ["list.remove"] = "list(numbers).remove(1999999)",
        ["dict.clear"] = "dict(table).clear()",
        ["dict.get"] = "table.get(1)",
        ["dict.items"] = "table.items()",
        ["dict.keys"] = "table.keys()",
        ["dict.pop"] = "dict(table).pop(1)",
        ["dict.popitem"] = "dict(table).popitem()",
        ["dict.setdefault"] = "table.setdefault(1)",
        ["dict.update"] = "dict(table).update(table), {}.update([(i, i) for i in numbers])",
        ["dict.values"] = "table.values()",
        ["set.add"] = "set().add(1)",
        ["set.clear"] = "set(numbers).clear()",
        ["set.difference"] = "members.difference(numbers)",
        ["set.difference_update"] = "set(numbers).difference_update(members)",
        ["set.discard"] = "set(numbers).discard(1)",
        ["set.intersection"] = "members.intersection(members)",
        ["set.intersection_update"] = "set(numbers).intersection_update(members)",
        ["set.isdisjoint"] = "members.isdisjoint([-n - 1 for n in numbers])",
        ["set.issubset"] = "members.issubset(members)",
        ["set.issuperset"] = "members.issuperset(members)",
        ["set.pop"] = "set(numbers).pop()",
        ["set.remove"] = "set(numbers).remove(1)",
        ["set.symmetric_difference"] = "members.symmetric_difference(members)",
        ["set.symmetric_difference_update"] = "set(numbers).symmetric_difference_update(members)",
        ["set.union"] = "members.union(numbers)",
        ["set.update"] = "set().update(members)",
        ["string.capitalize"] = "text.capitalize()",
        ["string.codepoint_ords"] = "text.codepoint_ords()",
        ["string.codepoints"] = "text.codepoints()",
        ["string.count"] = "text.count('b')",
        ["string.elem_ords"] = "text.elem_ords()",
        ["string.elems"] = "text.elems()",
        ["string.endswith"] = "text.endswith(text)",
        ["string.find"] = "text.find('zz')",
        ["string.format"] = "'{}{}'.format(text, text)",
        ["string.index"] = "text.index('\\nab', 20000000)",
        ["string.isalnum"] = "('a' * 20000000).isalnum()",
        ["string.isalpha"] = "('a' * 20000000).isalpha()",
        ["string.isdigit"] = "('1' * 20000000).isdigit()",
        ["string.islower"] = "('a' * 20000000).islower()",
        ["string.isspace"] = "(' ' * 20000000).isspace()",
        ["string.istitle"] = "('Ab ' * 7000000).istitle()",
        ["string.isupper"] = "('A' * 20000000).isupper()",
        ["string.join"] = "','.join(words)",
        ["string.lower"] = "text.lower()",
        ["string.lstrip"] = "text.lstrip('abCd, \\n')",
        ["string.partition"] = "text.partition('zz')",
        ["string.removeprefix"] = "text.removeprefix('ab')",
        ["string.removesuffix"] = "text.removesuffix('\\n')",
        ["string.replace"] = "text.replace('ab', 'x')",
        ["string.rfind"] = "text.rfind('zz')",
        ["string.rindex"] = "text.rindex('ab', 0, 20000000)",
        ["string.rpartition"] = "text.rpartition('zz')",
        ["string.rsplit"] = "text.rsplit(','), text.rsplit()",
        ["string.rstrip"] = "text.rstrip('abCd, \\n')",
        ["string.split"] = "text.split(','), text.split()",
        ["string.splitlines"] = "text.splitlines()",
        ["string.startswith"] = "text.startswith(text)",
        ["string.strip"] = "text.strip('abCd, \\n')",
        ["string.title"] = "text.title()",
        ["string.upper"] = "text.upper()",
        ["bytes.elems"] = "data.elems()",
        ["json.decode"] = "json.decode(encoded)",
        ["json.encode"] = "json.encode(nested)",
        ["json.encode_indent"] = "json.encode_indent(nested)",
        ["json.indent"] = "json.indent(encoded)",
        ["math.acos"] = "math.acos(0.5)",
        ["math.acosh"] = "math.acosh(1 << 500)",
        ["math.asin"] = "math.asin(0.5)",
        ["math.asinh"] = "math.asinh(1 << 500)",
        ["math.atan"] = "math.atan(1 << 500)",
        ["math.atan2"] = "math.atan2(1 << 500, 3)",
        ["math.atanh"] = "math.atanh(0.5)",
        ["math.ceil"] = "math.ceil(1 << 500)",
        ["math.copysign"] = "math.copysign(1 << 500, 3)",
        ["math.cos"] = "math.cos(1 << 500)",
        ["math.cosh"] = "math.cosh(100)",
        ["math.degrees"] = "math.degrees(1 << 500)",
        ["math.exp"] = "math.exp(100)",
        ["math.fabs"] = "math.fabs(1 << 500)",
        ["math.floor"] = "math.floor(1 << 500)",
        ["math.gamma"] = "math.gamma(100)",
        ["math.hypot"] = "math.hypot(1 << 500, 3)",
        ["math.log"] = "math.log(1 << 500)",
        ["math.mod"] = "math.mod(1 << 500, 3)",
        ["math.pow"] = "math.pow(1 << 500, 0.5)",
        ["math.radians"] = "math.radians(1 << 500)",
        ["math.remainder"] = "math.remainder(1 << 500, 3)",
        ["math.round"] = "math.round(1 << 500)",
        ["math.sin"] = "math.sin(1 << 500)",
        ["math.sinh"] = "math.sinh(100)",
        ["math.sqrt"] = "math.sqrt(1 << 500)",
        ["math.tan"] = "math.tan(1 << 500)",
        ["math.tanh"] = "math.tanh(1 << 500)",
        ["time.from_timestamp"] = "time.from_timestamp(1 << 30)",
        ["time.is_valid_timezone"] = "time.is_valid_timezone(text)",
        ["time.now"] = "time.now()",
        ["time.parse_duration"] = "time.parse_duration('0h' * 10000000)",
        ["time.parse_time"] = "time.parse_time(layout, layout)",
        ["time.time"] = "time.time(year = 2000, month = 1000)",
        ["date.format"] = "date.format(layout)",
        ["date.in_location"] = "date.in_location('UTC')",
    };

    /// <summary>Operators, which are no functions but may take as long.</summary>
    private static readonly string[] Operations =
    [
        "numbers + numbers", "numbers * 4", "text + text", "text * 4", "numbers[::2]", "text[::2]", "text[::-1]", "data[::2]", "-1 in numbers", "'zz' in text",
        "members | members", "members & members", "members - members", "members ^ members", "table | table", "numbers == list(numbers)", "table == dict(table)",
        "members == set(numbers)", "numbers < list(numbers)", "'%s%r' % (nested, text)", "'%d' % (2 ** 1000000)", "3 ** 500000", "(3 ** 300000) * (3 ** 300000)", "(3 ** 300000) & (5 ** 200000)", "(3 ** 300000) == (3 ** 300000)",
        "(3 ** 500000) // (3 ** 250000)", "(3 ** 500000) % 1000003", "(3 ** 500000) % (3 ** 250000)", "'%x' % (3 ** 500000)", "struct(a = numbers) == struct(a = list(numbers))",
    ];

    public static TheoryData<string> Expressions => [.. Calls.Values, .. Operations];

    [Fact]
    public void Every_function_is_known()
    {
        var functions = Universe.Names.Where(n => n.Value.Is<StarlarkCallable>(out _)).Select(n => n.Key);
        var methods = new Dictionary<string, string> { ["list"] = "[]", ["dict"] = "{}", ["set"] = "set()", ["string"] = "''", ["bytes"] = "b''", ["json"] = "json", ["math"] = "math", ["time"] = "time", ["date"] = "time.now()" }
            .SelectMany(o => Output($"for name in dir({o.Value}):\n    if type(getattr({o.Value}, name)) == 'builtin_function_or_method': print(name)").Select(n => $"{o.Key}.{n}"));

        Assert.Equal(Calls.Keys.Order(StringComparer.Ordinal), functions.Concat(methods).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Expressions))]
    public async Task Cancelled_code_ends(string expression)
    {
        using var cancellation = new CancellationTokenSource();
        using var started = new SemaphoreSlim(0);
        var names = Names();
        foreach (var (name, value) in Shared.Value.Globals)
        {
            names.Add(name, value);
        }

        names.Add("started", Value.Of(new StarlarkBuiltin(new Signature("started"), (_, _) =>
        {
            started.Release();
            return Value.None;
        })));
        var thread = new StarlarkThread("t") { CancellationToken = cancellation.Token, Print = _ => { } };
        var module = Script.Compile($"def f():\n    started()\n    for _ in range(1 << 40):\n        {expression}\nf()", names: names);

        var run = Task.Run(() => module.Execute(thread), TestContext.Current.CancellationToken);
        await started.WaitAsync(TestContext.Current.CancellationToken);
        await Task.Delay(20, TestContext.Current.CancellationToken);
        var since = Stopwatch.GetTimestamp();
        await cancellation.CancelAsync();
        var error = await Record.ExceptionAsync(() => run.WaitAsync(Bound, TestContext.Current.CancellationToken));

        TestContext.Current.TestOutputHelper?.WriteLine($"{Stopwatch.GetElapsedTime(since).TotalMilliseconds:0} ms: {expression}");
        Assert.True(error is OperationCanceledException || (error is EvalException && expression.StartsWith("fail", StringComparison.Ordinal)), $"{expression}: {error}");
    }

    private static string[] Output(string source)
    {
        var lines = new List<string>();
        Compile(source).Execute(new StarlarkThread("t") { Print = lines.Add });
        return [.. lines];
    }

    private static CompiledModule Compile(string source) => Script.Compile(source, names: Names());

    private static Predeclared Names()
    {
        var names = new Predeclared();
        StandardModules.AddTo(names, TimeProvider.System);
        return names;
    }
}
