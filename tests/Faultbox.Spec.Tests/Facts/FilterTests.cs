using Faultbox.Linux.Syscalls;
using Faultbox.Runtime;

namespace Faultbox.Spec.Tests.Facts;

public sealed class FilterTests
{
    private const string Services = """
        api = service("api", "/bin/true", ops = {"persist": op(syscalls = ["fsync"])})
        db = service("db", "/bin/true")
        log = service("log", "/bin/true", seccomp = False)

        """;

    [Fact]
    public void A_service_that_no_window_names_runs_without_filter()
    {
        Assert.Empty(Model("def test_x():\n    pass\n").FilteredSyscalls);
    }

    [Fact]
    public void A_keyword_on_a_service_expands_to_its_family()
    {
        Expect("def test_x():\n    fault(db, write = deny(\"EIO\"), run = lambda: None)\n", ("db", ["write"]));
    }

    [Fact]
    public void Calls_that_only_scenarios_and_matrices_bring_are_found()
    {
        Expect(
            "fault_scenario(\"s\", scenario = lambda: None, faults = [fault_assumption(n, target = db, **{n: deny(\"EIO\")}) for n in [\"write\"]])\n",
            ("db", ["write"]));
        Expect(
            "def probe():\n    return fault(api, persist = deny(\"EIO\"), run = lambda: 1)\n"
            + "fault_matrix(scenarios = [probe], faults = [fault_assumption(\"d\", target = db, read = deny(\"EIO\"))])\n",
            ("api", ["fsync"]),
            ("db", ["read"]));
        Expect(
            "fault_scenario(\"s\", scenario = len, expect = lambda r: fault(db, read = deny(\"EIO\"), run = len), after = lambda r: fault(api, write = deny(\"EIO\"), run = len))\n",
            ("api", ["write"]),
            ("db", ["read"]));
    }

    [Fact]
    public void A_named_operation_stands_for_its_calls()
    {
        Expect("def test_x():\n    fault_start(api, persist = deny(\"EIO\"))\n", ("api", ["fsync"]));
    }

    [Fact]
    public void Lists_of_services_and_loops_over_them_are_resolved()
    {
        Expect("def test_x():\n    fault_all([api, db], connect = deny(\"EIO\"), run = lambda: None)\n", ("api", ["connect"]), ("db", ["connect"]));
        Expect("both = [api, db]\n\ndef test_x():\n    for s in both:\n        fault_start(s, read = delay(\"1s\"))\n", ("api", ["read"]), ("db", ["read"]));
        Expect("def test_x():\n    [fault_start(s, read = delay(\"1s\")) for s in [db]]\n", ("db", ["read"]));
        Expect("def test_x():\n    for s, f in [(db, 1), (api, 2)]:\n        fault_start(s, read = delay(\"1s\"))\n", ("api", ["read"]), ("db", ["read"]));
    }

    [Fact]
    public void Parameters_are_resolved_through_the_call_sites_of_their_function()
    {
        Expect("""
            def broken(service, work, how = "EIO"):
                return fault(service, write = deny(how), run = work)

            def outer(s):
                return broken(service = s, work = lambda: None)

            def test_x():
                broken(db, lambda: None)

            def test_y():
                outer(api)
            """, ("api", ["write"]), ("db", ["write"]));
    }

    [Fact]
    public void Aliases_of_builtins_and_services_are_followed()
    {
        Expect("""
            inject = fault_start
            target = db

            def test_x():
                again = inject
                s = target
                again(s, fsync = deny("EIO"))
            """, ("db", ["fsync"]));
    }

    [Fact]
    public void Dictionaries_of_keywords_are_resolved()
    {
        Expect("""
            KINDS = {"write": deny("EIO"), "connect": deny("EIO")}

            def test_x():
                fault_start(db, **KINDS)

            def test_y():
                rules = {"read": deny("EIO")}
                fault_start(api, **rules)
                fault_start(api, **dict(openat = deny("EIO")))
            """, ("api", ["read", "openat"]), ("db", ["write", "connect"]));
    }

    [Fact]
    public void Traces_assumptions_and_loaded_modules_count()
    {
        using var spec = new SpecDirectory();
        spec.With("lib.star", "def slow(s, work):\n    return fault(s, recvfrom = delay(\"1s\"), run = work)\n")
            .With("shop.star", "load(\"lib.star\", \"slow\")\n" + Services + """
            full = fault_assumption("full", target = db, write = deny("ENOSPC"))
            NAMES = ["fsync", "close"]

            def test_x():
                slow(api, lambda: None)
                trace(api, syscalls = NAMES, run = lambda: None)
                trace_start(db, ["unlink"])
            """);
        Check(spec.Load().Model!, ("api", ["recvfrom", "fsync", "close"]), ("db", ["write", "unlink"]));
    }

    [Fact]
    public void What_cannot_be_resolved_widens_the_filter_and_is_reported()
    {
        var model = Model("""
            def pick(n):
                return [api, db][n]

            def test_x():
                fault_start(pick(len("a")), write = deny("EIO"))

            def test_y(s = None):
                fault_start(getattr(s, "x"), read = deny("EIO"))
            """);
        Check(model, ("api", ["write", "read"]), ("db", ["write", "read"]));
        var finding = Assert.Single(model.Diagnostics, d => d.Code == "FACT_WIDENED");
        Assert.Equal(11, finding.Position!.Value.Line);
    }

    [Fact]
    public void Unknown_keywords_mean_every_call_named_anywhere()
    {
        var model = Model("""
            def test_x(rules = None):
                fault_start(api, **getattr(rules, "x"))
                fault_start(db, connect = deny("EIO"))
            """);
        Check(model, ("api", ["connect", "fsync"]), ("db", ["connect"]));
        Assert.Single(model.Diagnostics, d => d.Code == "FACT_WIDENED");
    }

    [Fact]
    public void Faults_that_are_handed_through_a_function_and_named_operations_count_as_named()
    {
        var model = Model("""
            def refused(**rules):
                fault(api, run = lambda: None, **rules)

            def test_x():
                refused(connect = deny("EIO"), unrelated = 3)
                refused(persist = deny("EIO"))
            """);
        Check(model, ("api", ["connect", "fsync"]));
    }

    [Fact]
    public void Detection_adds_its_calls_to_services_that_a_fault_names_and_to_no_other()
    {
        const string Faults = """
            def name(s):
                return s.name

            def test_x():
                fault(db, fsync = deny("EIO"), run = lambda: None)
                fault(max([api, db], key = name), write = deny("EIO"), run = lambda: None)
            """;
        Check(Model("determinism()\n" + Faults), ("api", ["write"]), ("db", ["clock_gettime", "connect", "fsync", "getrandom", "write"]));
        foreach (var other in (string[])["", "determinism(level = \"L0\")\n"])
        {
            Check(Model(other + Faults), ("api", ["write"]), ("db", ["fsync", "write"]));
        }

        Assert.Empty(Model("determinism()\ndef test_x():\n    pass\n").FilteredSyscalls);
    }

    private static SpecModel Model(string tests) => SpecDirectory.Model(Services + tests);

    private static void Expect(string tests, params (string Service, string[] Keywords)[] expected)
    {
        var model = Model(tests);
        Check(model, expected);
        Assert.DoesNotContain(model.Diagnostics, d => d.Code == "FACT_WIDENED");
    }

    private static void Check(SpecModel model, params (string Service, string[] Keywords)[] expected)
    {
        Assert.Equal(expected.Select(e => e.Service), model.FilteredSyscalls.Keys.Order());
        foreach (var (service, keywords) in expected)
        {
            Assert.Equal(
                keywords.SelectMany(SyscallFamilies.Expand).Distinct().Order(StringComparer.Ordinal),
                model.FilteredSyscalls[service].Order(StringComparer.Ordinal));
        }
    }
}
