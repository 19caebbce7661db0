using System.Text.Json;

namespace Faultbox.Cli.Tests.Acceptance;

/// <summary>Orders of the calls of real threads, chosen by Faultbox.</summary>
[Trait("Category", "Slow")]
public sealed class GateTests : IDisposable
{
    private const string Lost = """
        def test_add():
            parallel(lambda: a.main.send(data = "add"), lambda: a.main.send(data = "add"), interleavings = "events")
            assert_eq(a.main.send(data = "value"), "2")
        """;

    /// <summary>A thread that a busy machine lets wait is waited for.</summary>
    private const string Patient = "1s";

    private readonly Workspace _space = new();
    private readonly int _first = Workspace.NewPort();
    private readonly int _second = Workspace.NewPort();

    public GateTests() => _space.Compile("Programs/gated.c");

    public void Dispose() => _space.Dispose();

    [Fact]
    public void Two_threads_with_three_gated_calls_each_are_run_in_all_twenty_orders()
    {
        var rows = Rows(Run("""
            def test_orders():
                parallel(lambda: a.main.send(data = "sync"), lambda: a.main.send(data = "sync"), interleavings = "events")
                assert_true(True)
            """, "--gates", "fsync", "--preemptions", "6").Exited(0));

        Assert.Equal(20, rows.Count);
        Assert.Equal(20, rows.Select(Order).Distinct().Count());
        Assert.All(rows, r => Assert.Equal(6, Order(r).Length));

        // A disturbance of the machine delays one or the other, waiting for something that does not come would delay each.
        Assert.InRange(rows.Select(r => r.GetProperty("duration_ms").GetInt64()).Order().ElementAt(rows.Count / 2), 0, 2000);
    }

    [Fact]
    public void A_lost_update_that_plain_runs_miss_is_found_and_replays()
    {
        // The gap between the calls is some microseconds: a plain run may fall into it, but not one after the other.
        var plain = Lost.Replace(", interleavings = \"events\"", "", StringComparison.Ordinal);
        Assert.Contains(Enumerable.Range(0, 10), _ => Run(plain).ExitCode == 0);

        var found = Rows(Run(Lost, "--gates", "pread64,pwrite64").Exited(2)).Where(r => r.Text("result") == "fail").ToList();

        Assert.NotEmpty(found);
        var key = found[0].Text("leaf_key");
        Assert.StartsWith("sched:", key, StringComparison.Ordinal);
        Assert.Contains($"--gates pread64,pwrite64 --leaf {key}", found[0].Text("replay_command"), StringComparison.Ordinal);
        for (var again = 0; again < 3; again++)
        {
            var replay = Run(Lost, "--gates", "pread64,pwrite64", "--leaf", key).Exited(2).OnlyRow;
            Assert.Equal((key, "fail"), (replay.Text("leaf_key"), replay.Text("result")));
        }
    }

    [Fact]
    public void Two_services_gated_at_once_leave_no_call_held()
    {
        var rows = Rows(Run("""
            def test_both():
                parallel(lambda: a.main.send(data = "sync"), lambda: b.main.send(data = "sync"), interleavings = "events")
                assert_eq([s.main.send(data = "sync") for s in [a, b]], ["OK", "OK"])
            """, "--gates", "fsync", "--preemptions", "0").Exited(0));

        Assert.Equal(2, rows.Count);
        foreach (var row in rows)
        {
            var decisions = Calls(row).Select(e => e.Field("decision")!).ToList();
            Assert.Equal((6, 6), (decisions.Count(d => d == "hold(gate)"), decisions.Count(d => d == "allow (released)")));
            Assert.Equal(6, decisions.Count(d => d == "allow"));
            Assert.Equal(0, row.GetProperty("syscall_summary").GetProperty("a").GetProperty("faulted").GetInt32());
        }
    }

    [Theory]
    [InlineData("syscalls", new[] { "pwrite64", "sendto" })]
    [InlineData("pwrite64,fstatat", new[] { "pwrite64" })]
    [InlineData("write", new string[0])]
    public void A_list_names_exactly_the_calls_that_are_gated(string gates, string[] held)
    {
        var row = Run("""
            def test_add():
                parallel(lambda: a.main.send(data = "add"), lambda: b.main.send(data = "add"), interleavings = "events")
                assert_true(True)
            """, "--gates", gates, "--leaf", "0").Exited(0).OnlyRow;

        Assert.Equal(held, Calls(row).Where(e => e.Field("decision") == "hold(gate)").Select(e => e.Field("syscall")!).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_service_that_is_exempt_or_ends_while_it_is_held_stops_nobody()
    {
        var rows = Rows(Run("""
            nondet(b)
            def test_exempt():
                parallel(lambda: a.main.send(data = "sync"), lambda: b.main.send(data = "sync"), interleavings = "events")
                assert_true(True)
            def test_gone():
                parallel(lambda: a.main.send(data = "sync"), lambda: a.main.send(data = "exit"), interleavings = "events")
                assert_true(True)
            """, "--gates", "fsync", "--max-leaves", "100").Exited(0));

        Assert.DoesNotContain(rows.SelectMany(Calls), e => e.Text("service") == "b" && e.Field("decision") == "hold(gate)");
        Assert.All(rows, r => Assert.True(r.GetProperty("duration_ms").GetInt64() < 4000));
    }

    [Theory]
    [InlineData("a, quiet = True", "nondet(): unknown keyword (keyword arguments are not accepted): \"quiet\"")]
    [InlineData("a, \"b\"", "nondet(): argument 1 must be a service, got string")]
    [InlineData("a.main", "nondet(): argument 0 must be a service, got interface_ref")]
    public void Only_services_are_exempt(string arguments, string message) =>
        Assert.Contains(message, Run($"nondet({arguments})\ndef test_x(): pass\n").Exited(1).Error, StringComparison.Ordinal);

    [Fact]
    public void Branches_in_every_order_need_no_gates()
    {
        var rows = Rows(Run("""
            def test_orders():
                seen = []
                parallel(lambda: seen.append("x"), lambda: seen.append("y"), lambda: seen.append("z"), interleavings = "all")
                return "".join(seen)
            """).Exited(0));

        Assert.Equal(["xyz", "xzy", "yxz", "yzx", "zxy", "zyx"], rows.Select(r => r.Text("return_value").Trim('"')));
        Assert.Equal(Enumerable.Range(0, 6), rows.Select(r => r.GetProperty("leaf_interleavings").EnumerateObject().Single().Value.GetInt32()));
    }

    /// <summary>Released calls in order, a letter for each thread.</summary>
    private static string Order(JsonElement row)
    {
        var released = Calls(row).Where(e => e.Field("decision") == "allow (released)").Select(e => int.Parse(e.Field("pid")!, System.Globalization.CultureInfo.InvariantCulture)).ToList();
        var threads = released.Distinct().Order().ToList();
        return string.Concat(released.Select(t => (char)('A' + threads.IndexOf(t))));
    }

    private static IEnumerable<JsonElement> Calls(JsonElement row) =>
        row.GetProperty("events").EnumerateArray().Where(e => e.Text("type") == "syscall");

    private static IReadOnlyList<JsonElement> Rows(Execution run) => [.. run.Json.GetProperty("tests").EnumerateArray()];

    private Execution Run(string body, params string[] arguments) => _space.Test(
        $$"""
        def counter(name, port):
            return service(name, "./gated", interface("main", "tcp", port), args = [str(port)], env = {"DATA": "{{_space.Directory}}/" + name},
                healthcheck = tcp("localhost:%d" % port))
        a = counter("a", {{_first}})
        b = counter("b", {{_second}})

        """ + body,
        arguments.Length > 0 ? [.. arguments, "--quiesce", Patient] : arguments);
}
