using System.Text.Json;

namespace Faultbox.Cli.Tests.Language;

/// <summary>What the program says about specifications that do not load, and about those that do.</summary>
public sealed class LoadingItemsTests : IDisposable
{
    private readonly Workspace _space = new();

    public void Dispose() => _space.Dispose();

    [Fact]
    public void Item_02_a_global_bound_twice()
    {
        var run = Check("x = 1\nx = 2\n", 2);
        Assert.Contains("[SPEC_SYNTAX] spec.star:2:1: cannot reassign global x", run.Output, StringComparison.Ordinal);
        Assert.Contains("spec.star:1:1", run.Output, StringComparison.Ordinal);
        Assert.Contains("[SPEC_SYNTAX] load spec.star: spec.star:2:1: ", _space.Run("test", "spec.star", "--no-bundle").Exited(1).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Item_04_an_f_string()
    {
        var run = Check("print(f\"{1}\")\n", 2);
        Assert.Contains("[SPEC_SYNTAX] spec.star:1:7: ", run.Output, StringComparison.Ordinal);
        Assert.Contains("\"%s\" % x", run.Output, StringComparison.Ordinal);
        Assert.Contains("\"{}\".format(x)", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Item_05_a_misspelled_keyword()
    {
        var run = Check("service(\"a\", image = \"b\", imagee = \"c\")\n", 2);
        Assert.Contains("[SPEC_LOAD_FAILED] spec.star:1:1: service(\"a\"): unknown keyword argument \"imagee\"; did you mean \"image\"", run.Output, StringComparison.Ordinal);
        Assert.Contains("valid: binary, ", run.Output, StringComparison.Ordinal);
        Assert.Contains("  spec.star:1:1: in <toplevel>\nError in service: service(\"a\"): ", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Item_08_a_load_cycle()
    {
        _space.Write("a.star", "load(\"b.star\", \"b\")\na = b\n");
        _space.Write("b.star", "load(\"a.star\", \"a\")\nb = a\n");
        Assert.Contains("load cycle: a.star → b.star → a.star", Check("load(\"a.star\", \"a\")\n", 2).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Item_09_a_missing_recipe()
    {
        var run = Check("load(\"@faultbox/recipes/nope.star\", \"nope\")\n", 2);
        Assert.Contains("[SPEC_RECIPE_NOT_FOUND]", run.Output, StringComparison.Ordinal);
        Assert.Contains("faultbox stdlib", run.Output, StringComparison.Ordinal);
        Assert.Contains("recipes list", run.Output, StringComparison.Ordinal);
        Assert.Contains(
            "did you mean \"@faultbox/discovery/k8s.star\"? see faultbox recipes list",
            Check("load(\"@faultbox/discovery/k8.star\", \"k8s\")\n", 2).Output,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Item_10_every_embedded_module_loads_in_an_empty_directory()
    {
        var schema = _space.Run("schema", "--format", "json").Exited(0).Json;
        var modules = schema.GetProperty("modules").EnumerateArray().Select(m => m.GetString()!).ToList();
        Assert.Contains("@faultbox/discovery/k8s.star", modules);
        foreach (var module in modules)
        {
            var exported = module.EndsWith("mocks/mongodb.star", StringComparison.Ordinal) ? "mongo" : Path.GetFileNameWithoutExtension(module);
            var run = Check($"load(\"{module}\", export = \"{exported}\")\nprint(type(export), dir(export))\n", 0);
            Assert.StartsWith("struct [\"", run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Item_19_a_removed_builtin()
    {
        var run = Check("service(\"a\", \"/bin/true\", observe = [json_decoder()])\n", 2);
        Assert.Contains("[SPEC_LOAD_FAILED]", run.Output, StringComparison.Ordinal);
        Assert.Contains("json_decoder() was removed; write decoder(\"json\")", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Item_24_check_reports_every_syntax_error_of_a_file()
    {
        var run = Check("x = = 1\ndef f(:\n    pass\ny = f\"{1}\"\n", 2);
        Assert.Contains("spec.star:1:5: ", run.Output, StringComparison.Ordinal);
        Assert.Contains("spec.star:2:7: ", run.Output, StringComparison.Ordinal);
        Assert.Contains("spec.star:4:5: ", run.Output, StringComparison.Ordinal);
        var findings = _space.Run("check", "spec.star", "--format", "json").Exited(2).Json.GetProperty("findings").EnumerateArray().ToList();
        Assert.Equal([(1, 5), (2, 7), (4, 5)], findings.Select(f => (f.GetProperty("line").GetInt32(), f.GetProperty("col").GetInt32())));
    }

    [Fact]
    public void Item_25_names_of_other_languages_and_the_json_module()
    {
        var run = Check("open(\"x\")\n", 2);
        Assert.Contains("undefined: open", run.Output, StringComparison.Ordinal);
        Assert.Contains("load_file", run.Output, StringComparison.Ordinal);
        Assert.Equal("{\"a\":[1,2.5]}\n", Check("print(json.encode({\"a\": [1, 2.5]}))\n", 0).Error);
    }

    [Fact]
    public void Item_32_the_schema_lists_every_builtin_with_keywords_defaults_and_since()
    {
        var schema = _space.Run("schema", "--format", "json").Exited(0).Json;
        var builtins = schema.GetProperty("builtins").EnumerateArray().ToDictionary(b => b.Text("name"));
        Assert.Contains("service", builtins.Keys);
        Assert.Contains("match.event", builtins.Keys);
        Assert.All(builtins.Values, b => Assert.Matches(@"^\d+\.\d+\.\d+$", b.Text("since")));
        Assert.All(builtins.Values.SelectMany(b => b.GetProperty("parameters").EnumerateArray()), p => Assert.Matches(@"^\d+\.\d+\.\d+$", p.Text("since")));
        var timeout = builtins["test"].GetProperty("parameters").EnumerateArray().Single(p => p.Text("name") == "timeout");
        Assert.Equal("\"30s\"", timeout.Text("default"));
        var removed = schema.GetProperty("removed").EnumerateArray().ToDictionary(r => r.Text("name"), r => r.Text("replacement"));
        Assert.Equal("observe.stdout", removed["stdout"]);
        Assert.Equal(5, removed.Count);
        Assert.Contains(schema.GetProperty("diagnostics").EnumerateArray(), d => d.Text("code") == "SPEC_SYNTAX" && d.Text("suggestion").Length > 20);
    }

    [Fact]
    public void A_failed_load_prints_message_traceback_and_what_to_do_and_exits_1()
    {
        _space.Write("spec.star", "def declare():\n    service(\"cart\", \"/bin/true\", arg = [])\n\ndeclare()\n");
        var run = _space.Run("test", "spec.star", "--no-bundle", "--format", "json").Exited(1);
        var lines = run.Error.Split('\n').SkipWhile(l => !l.StartsWith("error: ", StringComparison.Ordinal)).ToArray();
        Assert.StartsWith("error: [SPEC_LOAD_FAILED] load spec.star: spec.star:2:5: service(\"cart\"): unknown keyword argument \"arg\"; did you mean \"args\"? valid: ", lines[0], StringComparison.Ordinal);
        Assert.Equal("Traceback (most recent call last):", lines[1]);
        Assert.Equal("  spec.star:4:1: in <toplevel>", lines[2]);
        Assert.Equal("  spec.star:2:5: in declare", lines[3]);
        Assert.StartsWith("Error in service: service(\"cart\"): ", lines[4], StringComparison.Ordinal);
        Assert.StartsWith("  The specification parsed but failed while loading", lines[5], StringComparison.Ordinal);
        Assert.Equal("SPEC_LOAD_FAILED", run.Json.GetProperty("diagnostics")[0].Text("code"));
    }

    [Fact]
    public void Check_of_a_good_specification_lists_tests_filters_and_findings()
    {
        var run = Check("db = service(\"db\", \"/bin/true\")\ndef test_x():\n    fault(db, fsync = deny(\"EIO\"), run = lambda: None)\ndef len(x):\n    return x\n", 0);
        Assert.Contains("ok  spec.star — 1 test(s), 1 plan instance(s)", run.Output, StringComparison.Ordinal);
        Assert.Contains("    db intercepts fdatasync, fsync, sync_file_range, syncfs; also sync (calls of the same job", run.Output, StringComparison.Ordinal);
        var json = _space.Run("check", "--format=json", "spec.star").Exited(0).Json;
        Assert.True(json.GetProperty("ok").GetBoolean());
        Assert.Equal(["test_x"], json.GetProperty("tests").EnumerateArray().Select(t => t.GetString()));
        Assert.Equal(JsonValueKind.Array, json.GetProperty("findings").ValueKind);
        Assert.Equal(
            ["fdatasync", "fsync", "sync", "sync_file_range", "syncfs"],
            json.GetProperty("filters").GetProperty("db").EnumerateArray().Select(c => c.GetString()));
    }

    [Fact]
    public void Check_lists_no_filter_of_a_service_that_runs_without_one()
    {
        var run = Check("db = service(\"db\", \"/bin/true\", seccomp = False)\ndef test_x():\n    fault(db, fsync = deny(\"EIO\"), run = lambda: None)\n", 0);
        Assert.DoesNotContain("intercepts", run.Output, StringComparison.Ordinal);
        Assert.Empty(_space.Run("check", "--format=json", "spec.star").Exited(0).Json.GetProperty("filters").EnumerateObject());
    }

    [Fact]
    public void Check_counts_planned_executions_against_a_limit()
    {
        Check("def test_x(): pass\ndef test_y(): pass\n", 0);
        _space.Run("check", "spec.star", "--max-instances", "2").Exited(0);
        _space.Run("check", "spec.star", "--max-instances", "-1").Exited(0);
        Assert.Contains("[PLAN_COST_EXCEEDED]", _space.Run("check", "spec.star", "--max-instances", "1").Exited(2).Output, StringComparison.Ordinal);
        Assert.Contains("--max-instances: \"many\" is not a number", _space.Run("check", "spec.star", "--max-instances", "many").Exited(1).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_root_that_cannot_be_read_is_named()
    {
        Directory.CreateDirectory(_space.File("dir.star"));
        File.CreateSymbolicLink(_space.File("loop.star"), _space.File("loop.star"));
        Assert.Contains("read none.star: no such file or directory", _space.Run("check", "none.star").Exited(2).Output, StringComparison.Ordinal);
        Assert.Contains("read dir.star: is a directory", _space.Run("check", "dir.star").Exited(2).Output, StringComparison.Ordinal);
        Assert.Contains("read loop.star: too many levels of symbolic links", _space.Run("check", "loop.star").Exited(2).Output, StringComparison.Ordinal);
        Assert.Contains("read /dev/zero: the file has ", _space.Run("check", "/dev/zero").Exited(2).Output, StringComparison.Ordinal);
        Assert.Contains("error: read none.star: no such file or directory", _space.Run("test", "none.star").Exited(1).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Recipes_are_listed_and_shown()
    {
        var list = _space.Run("recipes", "list").Exited(0).Output;
        Assert.Contains("@faultbox/discovery/\n  k8s\n", list, StringComparison.Ordinal);
        Assert.Contains("load(\"@faultbox/discovery/k8s.star\", \"k8s\")", list, StringComparison.Ordinal);
        foreach (var name in (string[])["k8s", "k8s.star", "discovery/k8s"])
        {
            Assert.Contains("k8s = struct(", _space.Run("recipes", "show", name).Exited(0).Output, StringComparison.Ordinal);
        }

        var missing = _space.Run("recipes", "show", "k9s").Exited(1);
        Assert.Contains("no module \"k9s\" in the faultbox stdlib; did you mean discovery/k8s? see faultbox recipes list", missing.Error, StringComparison.Ordinal);
        Assert.StartsWith("usage: faultbox recipes", _space.Run("recipes").Exited(0).Output, StringComparison.Ordinal);
    }

    private Execution Check(string spec, int code)
    {
        _space.Write("spec.star", spec);
        return _space.Run("check", "spec.star").Exited(code);
    }
}
