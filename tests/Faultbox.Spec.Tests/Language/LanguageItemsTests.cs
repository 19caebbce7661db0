using Faultbox.Core.Verdicts;

namespace Faultbox.Spec.Tests.Language;

/// <summary>What a specification may count on of the language and its modules, one test per promise.</summary>
public sealed class LanguageItemsTests
{
    [Fact]
    public void Item_07_a_module_loaded_on_two_ways_is_executed_once()
    {
        using var spec = new SpecDirectory();
        spec.With("common.star", "print(\"common\")\nsvc = service(\"db\", \"/bin/true\")\n")
            .With("a.star", "load(\"common.star\", shared = \"svc\")\na = struct(svc = shared)\n")
            .With("b.star", "load(\"common.star\", shared = \"svc\")\nb = struct(svc = shared)\n")
            .With("shop.star", "load(\"a.star\", \"a\")\nload(\"b.star\", \"b\")\nassert_true(a.svc == b.svc)\nd = {a.svc: 1}\nassert_eq(d[b.svc], 1)\n");
        var model = spec.Load().Model!;
        Assert.Equal("db", Assert.Single(model.Services).Name);
        Assert.Equal("common\n", model.Prints);
    }

    [Fact]
    public void Item_11_paths_start_at_the_root_then_at_the_loading_file()
    {
        using var spec = new SpecDirectory();
        spec.With("lib/x.star", "load(\"y.star\", \"y\")\ndef helper():\n    return y\n").With("lib/y.star", "y = \"beside the file\"\n")
            .With("shop.star", "load(\"lib/x.star\", \"helper\")\nprint(helper())\n");
        Assert.Equal("beside the file\n", spec.Load().Model!.Prints);
        spec.With("y.star", "y = \"beside the root\"\n");
        var model = spec.Load().Model!;
        Assert.Equal("beside the root\n", model.Prints);
        Assert.Contains(model.Diagnostics, d => d.Code == "LOAD_PATH_AMBIGUOUS" && d.Message.Contains("lib/y.star", StringComparison.Ordinal));
    }

    [Fact]
    public void Item_12_only_declared_tests_of_a_module_are_listed()
    {
        using var spec = new SpecDirectory();
        spec.With("a.star", "def test_hidden():\n    pass\n\ntest(\"shown\", body = lambda: None)\nx = 1\n")
            .With("shop.star", "load(\"a.star\", \"x\")\n");
        Assert.Equal(["test_shown"], spec.Load().Model!.Tests.Select(t => t.Name));
    }

    [Fact]
    public void Item_14_json_keeps_the_order_of_keys_and_every_digit()
    {
        using var spec = new SpecDirectory();
        spec.With("d.json", "{\"b\": 1, \"a\": 9007199254740993}")
            .With("shop.star", "d = load_json(\"d.json\")\nassert_eq(d.keys(), [\"b\", \"a\"])\nassert_eq(d[\"a\"], 9007199254740993)\n");
        Assert.True(spec.Load().Succeeded);
    }

    [Fact]
    public void Item_15_yaml_keys_are_strings_and_dates_are_text()
    {
        using var spec = new SpecDirectory();
        spec.With("bad.yaml", "a: 1\n1: x\n").With("shop.star", "load_yaml(\"bad.yaml\")\n");
        var message = spec.LoadError();
        Assert.Contains("load_yaml(\"bad.yaml\")", message, StringComparison.Ordinal);
        Assert.Contains("key 1 ", message, StringComparison.Ordinal);
        spec.With("good.yaml", "d: 2024-01-01\n").With("shop.star", "assert_eq(load_yaml(\"good.yaml\"), {\"d\": \"2024-01-01\"})\n");
        Assert.True(spec.Load().Succeeded);
    }

    [Fact]
    public void Item_16_a_file_above_the_limit_names_size_variable_and_limit()
    {
        using var spec = new SpecDirectory();
        spec.WithVariable("FAULTBOX_LOAD_FILE_MAX_BYTES", "10").With("d.txt", "12345678901").With("x.star", "v = load_file(\"d.txt\")\n");
        var message = spec.LoadError("x.star");
        Assert.Contains("load_file(\"d.txt\"): the file has 11 bytes, more than FAULTBOX_LOAD_FILE_MAX_BYTES allows (10)", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("len(\"é\")", "2")]
    [InlineData("len([c for c in \"é\".elems()])", "2")]
    [InlineData("len([c for c in \"é\".codepoints()])", "1")]
    public void Item_17_strings_are_bytes(string expression, string expected) => Prints(expression, expected);

    [Theory]
    [InlineData("1e6", "1e+06")]
    [InlineData("100000.0", "100000.0")]
    [InlineData("1 / 3", "0.3333333333333333")]
    [InlineData("7 // -2", "-4")]
    [InlineData("-7 % 3", "2")]
    [InlineData("2 ** 100", "1267650600228229401496703205376")]
    public void Item_18_numbers(string expression, string expected) => Prints(expression, expected);

    [Theory]
    [InlineData("sorted([3, 1, 2], key = lambda x: -x)", "[3, 2, 1]")]
    [InlineData("\"{}/{}\".format(\"a\", 1)", "a/1")]
    [InlineData("\"%(k)s\" % {\"k\": 1}", "1")]
    [InlineData("[x for xs in [[1], [2]] for x in xs if x > 1]", "[2]")]
    [InlineData("{k: v for k, v in [(\"a\", 1)]}", "{\"a\": 1}")]
    public void Item_29_expressions(string expression, string expected) => Prints(expression, expected);

    [Fact]
    public void Item_30_keywords_after_a_dot_are_names()
    {
        Prints("struct(**{\"del\": 1, \"class\": 2, \"for\": 3}).del", "1");
        var error = SpecDirectory.Error("del = 1\n");
        Assert.Equal("SPEC_SYNTAX", error.Code);
        Assert.Contains("shop.star:1:1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Item_30_two_runs_print_the_same_bytes()
    {
        var spec = SpecRun.WebService() + """
            def test_x():
                r = web.main.get(path = "/200/{\"z\":1,\"b\":[{\"y\":1,\"a\":2}],\"m\":null,\"c\":12345678901234567890}")
                print(r.data, r.headers, r.fields, r.trailers, r.data.keys())
                for e in events(type = "step_*"):
                    print(e.type, [k for k in e.fields.keys()], {k: v for k, v in e.fields.items() if k not in ["duration_ms"]})
            """;
        var first = SpecRun.One(spec);
        Assert.True(first.Result == Result.Pass, first.Reason);
        Assert.Contains("{\"z\": 1, \"b\": [{\"y\": 1, \"a\": 2}], \"m\": None, \"c\": 12345678901234567890}", first.Prints, StringComparison.Ordinal);
        Assert.Equal(first.Prints, SpecRun.One(spec).Prints);
    }

    [Fact]
    public void Item_31_step_is_the_method_under_another_spelling()
    {
        var test = SpecRun.One(SpecRun.WebService() + """
            def parts(r):
                return (r.status, r.body, r.data, r.ok, r.success, r.error, r.headers, r.fields, r.trailers, bool(r))
            def shape(e):
                return (e.type, e.event_type, e.service, {k: v for k, v in e.fields.items() if k != "duration_ms"})
            def test_x():
                a = web.main.get(path = "/200/{\"a\":1}")
                b = step(web.main, "get", path = "/200/{\"a\":1}")
                assert_eq(parts(a), parts(b))
                assert_true(a.ok and a.success and b.ok and b.success)
                seen = events(where = lambda e: e.type in ["step_send", "step_recv"])
                assert_eq([shape(e) for e in seen[:2]], [shape(e) for e in seen[2:]])
                step(web.main, "gett")
            """);
        Assert.Equal(Result.Fail, test.Result);
        Assert.Contains("\"gett\"", test.Reason, StringComparison.Ordinal);
        Assert.Contains("did you mean \"get\"", test.Reason, StringComparison.Ordinal);
    }

    private static void Prints(string expression, string expected) =>
        Assert.Equal(expected + "\n", SpecDirectory.Model($"print({expression})\n").Prints);
}
