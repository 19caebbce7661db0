using System.Text.Json;

namespace Faultbox.Cli.Tests.Acceptance;

/// <summary>Faults whose calls cannot be told from the text of a specification.</summary>
[Trait("Category", "Slow")]
public sealed class LearnedFilterTests : IDisposable
{
    private const string Hidden = """
        def test_hidden():
            def both():
                assert_eq(c.main.send(data = "write"), "EIO")
                assert_eq(d.main.send(data = "write"), "EIO")
            fault_all([c, d], run = both, **{"wr" + "ite": deny("EIO")})
        """;

    private readonly CallerService _caller = new();
    private readonly int _secondPort = Workspace.NewPort();

    private string FiltersFile => _caller.Space.File(".faultbox/filters.json");

    public void Dispose() => _caller.Dispose();

    [Fact]
    public void Keywords_built_by_helpers_and_lists_of_services_need_no_second_run()
    {
        var run = Run("""
            def hurt(s, f):
                fault(s, **{"write": deny("EIO")}, run = f)
            def test_helper():
                hurt(c, lambda: assert_eq(c.main.send(data = "write"), "EIO"))
            def test_list():
                fault_all([c, d], connect = deny("ECONNREFUSED"), run = lambda: [assert_eq(s.main.send(data = "dial"), "ECONNREFUSED") for s in [c, d]])
            """).Exited(0);

        Assert.DoesNotContain("runs again", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(FiltersFile));
    }

    [Fact]
    public void A_call_that_cannot_be_foreseen_runs_the_test_again_once_and_is_remembered()
    {
        var run = Run(Hidden).Exited(0);

        Assert.Contains("a fault on c needs", run.Error, StringComparison.Ordinal);
        Assert.Contains("a fault on d needs", run.Error, StringComparison.Ordinal);
        Assert.Equal(2, run.Events("service_started").Count);
        Assert.Single(run.Events("service_stopped"), e => e.Text("service") == "c");
        Assert.Equal(1, run.OnlyRow.GetProperty("faults").EnumerateArray().First().GetProperty("hits").GetInt32());

        var kept = Kept();
        var services = Assert.Single(kept.EnumerateObject()).Value;
        Assert.Contains("pwritev2", services.GetProperty("c").EnumerateArray().Select(v => v.GetString()));
        Assert.Contains("write", services.GetProperty("d").EnumerateArray().Select(v => v.GetString()));

        Assert.DoesNotContain("runs again", Run(Hidden).Exited(0).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_learned_belongs_to_the_text_of_the_specification()
    {
        Run(Hidden).Exited(0);

        Assert.Contains("runs again", Run(Hidden + "\n# another text").Exited(0).Error, StringComparison.Ordinal);
        Assert.Equal(2, Kept().EnumerateObject().Count());
    }

    [Fact]
    public void A_damaged_memory_is_learned_again()
    {
        Directory.CreateDirectory(_caller.Space.File(".faultbox"));
        _caller.Space.Write(".faultbox/filters.json", "{ \"half");

        Assert.Contains("runs again", Run(Hidden).Exited(0).Error, StringComparison.Ordinal);
        Assert.Single(Kept().EnumerateObject());
    }

    [Fact]
    public void A_test_that_needs_other_calls_each_time_is_told_how_to_write_the_fault()
    {
        var run = Run("""
            def test_moving():
                fault(c, run = lambda: None, **{"wr" + "ite": deny("EIO")})
                fault(c, run = lambda: None, **{"mk" + "dir": deny("EIO")})
            """).Exited(2);

        var reason = run.OnlyRow.Text("reason");
        Assert.Contains("mkdir on service \"c\": calls not intercepted: mkdir, mkdirat; intercepted: ", reason, StringComparison.Ordinal);
        Assert.Contains("fault(c, mkdir = ..., run = ...)", reason, StringComparison.Ordinal);
        Assert.Contains("FAULT_NOT_FILTERABLE", run.Output, StringComparison.Ordinal);
    }

    private Execution Run(string body) => _caller.Run($$"""
        d = service("d", "./caller", interface("main", "tcp", {{_secondPort}}), args = ["{{_secondPort}}"], env = {"DATA": "{{_caller.Space.File("d.wal")}}"},
            healthcheck = tcp("localhost:{{_secondPort}}"))

        """ + body);

    private JsonElement Kept() => JsonDocument.Parse(File.ReadAllText(FiltersFile)).RootElement;
}
