using Faultbox.Core.Diagnostics;
using Faultbox.Core.Verdicts;

namespace Faultbox.Spec.Tests.Properties;

/// <summary>Callbacks that only observe cannot act, whether that is seen in the source or only while they run.</summary>
public sealed class SandboxTests
{
    private const string Db = "db = service(\"db\", \"/bin/true\")\n";

    [Fact]
    public void Item_20_a_helper_in_another_module_that_stops_a_fault_is_found_through_its_callers()
    {
        using var spec = new SpecDirectory();
        spec.With("lib/helpers.star", "def inner(db):\n    fault_stop(db)\n\ndef helper(db):\n    inner(db)\n    return True\n")
            .With("shop.star", Db + "load(\"lib/helpers.star\", \"helper\")\n\ndef healthy(e, s):\n    return helper(db)\n\n"
                + "monitor(\"no writes\", on = match.event(type = \"syscall\"), check = healthy)\n\ndef test_x():\n    pass\n");
        var error = spec.Load().Error!;
        Assert.Equal("SPEC_FORBIDDEN_LAMBDA", error.Code);
        Assert.Contains("monitor \"no writes\"", error.Message, StringComparison.Ordinal);
        Assert.Contains("disallowed builtin \"fault_stop\" at lib/helpers.star:2:5", error.Message, StringComparison.Ordinal);
        Assert.False(string.IsNullOrEmpty(error.Suggestion));
    }

    [Theory]
    [InlineData("check = lambda e, s: fault != None", "fault")]
    [InlineData("check = lambda e, s: [sleep for x in [1]]", "sleep")]
    [InlineData("update = lambda e, s: (lambda: service(\"x\"))()", "service")]
    [InlineData("check = lambda e, s: assert_true(True)", "assert_true")]
    [InlineData("check = lambda e, s: events()", "events")]
    [InlineData("check = stop", "fault_stop")]
    [InlineData("check = tools.stop", "fault_stop")]
    [InlineData("check = lambda e, s: tools.stop(e, s)", "fault_stop")]
    [InlineData("check = table[\"k\"]", "fault_stop")]
    [InlineData("check = lambda e, s: alias(db)", "fault_stop")]
    [InlineData("check = lambda e, s: load_file(\"x\")", "load_file")]
    [InlineData("check = lambda e, s: web.main.get(path = \"/\")", "step")]
    [InlineData("check = lambda e, s: step(web.main, \"get\", path = \"/\")", "step")]
    public void What_a_callback_names_is_found_wherever_it_is_written(string argument, string builtin)
    {
        var error = SpecDirectory.Error(Db + $"""
            web = service("web", "/bin/true", interface("main", "http", 9001))
            def stop(e, s):
                fault_stop(db)
            tools = struct(stop = stop)
            table = dict(k = stop)
            alias = fault_stop
            monitor("m", on = match.all(), {argument})
            """);
        Assert.Equal("SPEC_FORBIDDEN_LAMBDA", error.Code);
        Assert.Contains($"monitor \"m\" references disallowed builtin \"{builtin}\" at shop.star:", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("check = lambda fault, sleep: fault.seq > 0 or sleep")]
    [InlineData("check = pure")]
    [InlineData("check = lambda e, s: match.event(type = e.type) != None and struct(a = 1).a == 1 and duration(\"1s\") > 0 and json.encode(s) != \"\"")]
    [InlineData("check = shadow")]
    public void What_only_has_the_name_of_a_builtin_or_computes_is_allowed(string argument)
    {
        var model = SpecDirectory.Model($"""
            def events(x):
                return x
            def pure(e, s):
                fault_start = s
                return fault_start == None
            def shadow(e, s):
                return events(e)
            monitor("m", on = match.all(), {argument})
            """);
        Assert.Single(model.Monitors);
    }

    [Fact]
    public void A_named_function_may_read_the_test_with_a_warning()
    {
        var model = SpecDirectory.Model("""
            def ordered(e, s):
                assert_true(len(events(type = "syscall")) >= 0)
                return True
            monitor("m", on = match.all(), check = ordered)
            """);
        var findings = model.Diagnostics.Where(d => d.Code == "SANDBOX_NAMED_FUNCTION").ToList();
        Assert.Equal(DiagnosticLevel.Warning, findings[0].Level);
        Assert.Contains(findings, f => f.Message.Contains("assert_true", StringComparison.Ordinal));
        Assert.Contains(findings, f => f.Message.Contains("events", StringComparison.Ordinal));
    }

    [Fact]
    public void A_monitor_without_a_literal_name_is_called_unnamed()
    {
        var error = SpecDirectory.Error("def make(n):\n    monitor(n + \"!\", on = match.all(), check = lambda e, s: fault)\n\nmake(\"a\")\n");
        Assert.Contains("monitor \"<unnamed>\" references disallowed builtin \"fault\"", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_source_does_not_tell_is_refused_while_the_monitor_runs()
    {
        var test = SpecRun.One(SpecRun.WebService() + """
            box = [web.main]
            def method_of(interface, name):
                return getattr(interface, name)
            def hidden(e, s):
                return method_of([b for b in box][0], "g" + "et")(path = "/")
            monitor("sneaky", on = match.event(type = "step_recv"), check = hidden)
            def test_x():
                web.main.get(path = "/")
                sleep("5s")
            """);
        Assert.Equal(Result.Fail, test.Result);
        Assert.Contains("monitor \"sneaky\" check raised: monitor \"sneaky\" references disallowed builtin \"step\" at shop.star:", test.Reason, StringComparison.Ordinal);
    }
}
