using System.Globalization;

namespace Faultbox.Cli.Tests.Acceptance;

/// <summary>System-call faults on a real program, from the command line to the JSON document.</summary>
public sealed class SystemCallFaultTests : IDisposable
{
    private readonly CallerService _caller = new();

    public void Dispose() => _caller.Dispose();

    [Fact]
    public void A_write_fault_covers_the_whole_family_and_ends_with_its_window()
    {
        var run = _caller.Run("""
            CALLS = ["write", "writev", "pwrite64", "pwritev2"]
            def test_family():
                fault(c, write = deny("EIO"), run = lambda: [assert_eq(send(call), "EIO") for call in CALLS])
                for call in CALLS:
                    assert_eq(send(call), "OK")
            """).Exited(0);

        var denied = run.Events("syscall").Where(e => e.Field("decision") == "deny(input/output error)").ToList();
        Assert.Equal(["write", "writev", "pwrite64", "pwritev2"], denied.Select(e => e.Field("syscall")));
        Assert.All(denied, e => Assert.Equal("EIO", e.Field("errno")));
        Assert.Equal(4, run.OnlyRow.GetProperty("faults")[0].GetProperty("hits").GetInt32());
    }

    [Theory]
    [InlineData("gcc")]
    [InlineData("musl-gcc")]
    public void An_open_fault_fails_the_programs_files_but_not_its_startup(string compiler)
    {
        using var caller = compiler == "gcc" ? new CallerService() : new CallerService("musl-gcc", "-include", Path.Combine(AppContext.BaseDirectory, "Programs", "musl.h"));
        caller.Space.Write("x", "content");
        var path = caller.Space.File("x");

        var run = caller.Run($$"""
            def test_open():
                assert_eq(send("fopen {{path}}"), "OK")
                fault(c, openat = deny("ENOENT"), run = lambda: assert_eq(send("fopen {{path}}"), "ENOENT"))
                fault(c, openat = deny("ENOENT"), run = lambda: assert_eq(send("fopen /etc/ld.so.cache"), "OK"))
            """).Exited(0);

        Assert.Contains(run.Events("syscall"), e => e.Field("decision") == "allow (system path)");
    }

    [Theory]
    [InlineData("gcc")]
    [InlineData("musl-gcc")]
    public void A_program_starts_while_its_opens_fail(string compiler)
    {
        using var caller = compiler == "gcc" ? new CallerService() : new CallerService("musl-gcc", "-include", Path.Combine(AppContext.BaseDirectory, "Programs", "musl.h"));

        var run = caller.Run("""
            def test_start():
                fault_start(c, openat = deny("ENOENT"))
                restart(c)
                assert_eq(send("fopen /proc/self/maps"), "OK")
            """).Exited(0);

        var denied = run.Events("syscall").Where(e => e.Field("errno") == "ENOENT").ToList();
        Assert.Equal([caller.Space.File("data.wal")], denied.Select(e => e.Field("path")).Distinct());
        Assert.Contains(run.Events("syscall"), e => e.Field("decision") == "allow (system path)");
    }

    [Fact]
    public void A_path_glob_sees_relative_and_deep_paths_and_nothing_else()
    {
        var deep = string.Join('/', Enumerable.Repeat(new string('d', 99), 7));
        Directory.CreateDirectory(_caller.Space.File("srv/d"));
        Directory.CreateDirectory(_caller.Space.File("srv/" + deep));
        var srv = _caller.Space.File("srv");

        var run = _caller.Run($$"""
            def test_glob():
                send("chdir {{srv}}")
                assert_eq(send("keep"), "OK")
                def body():
                    assert_eq(send("use d/a.wal"), "OK")
                    assert_eq(send("write"), "ENOSPC")
                    assert_eq(send("use {{srv}}/{{deep}}/b.wal"), "OK")
                    assert_eq(send("write"), "ENOSPC")
                    assert_eq(send("use {{srv}}/d/c.log"), "OK")
                    assert_eq(send("write"), "OK")
                    assert_eq(send("devnull"), "OK")
                    assert_eq(send("deleted"), "OK")
                    assert_eq(send("ping"), "OK")
                fault(c, wal = deny("ENOSPC"), run = body)
            """, $", ops = {{\"wal\": op(syscalls = [\"write\"], path = \"{srv}/**/*.wal\")}}").Exited(0);

        Assert.True(deep.Length >= 690, $"{deep.Length} bytes");
        Assert.Equal(2, run.OnlyRow.GetProperty("faults")[0].GetProperty("matches").GetInt32());
        var let = run.Events("syscall").Where(e => e.Field("decision") == "allow").Select(e => e.Field("path") ?? "").ToList();
        Assert.Contains($"{srv}/gone.wal (deleted)", let);
        Assert.Contains(let, p => p.StartsWith("socket:[", StringComparison.Ordinal));
    }

    [Fact]
    public void The_first_file_a_program_opens_is_intercepted()
    {
        _caller.Run("""
            def test_descriptor_three():
                assert_eq(send("descriptor"), "3")
                fault(c, write = deny("EDQUOT"), run = lambda: assert_eq(send("write"), "EDQUOT"))
            """).Exited(0);
    }

    [Fact]
    public void Windows_nest_and_assumptions_add_up()
    {
        var run = _caller.Run("""
            no_sync = fault_assumption("no_sync", target = c, fsync = deny("EIO"))
            no_write = fault_assumption("no_write", target = c, write = deny("ENOSPC"))
            def test_nested():
                def innermost():
                    assert_eq(send("fsync"), "EIO")
                    assert_eq(send("write"), "ENOSPC")
                    assert_eq(send("unlink /none"), "ENOENT")
                def inner():
                    fault(c, fsync = deny("EIO"), run = innermost)
                    assert_eq(send("fsync"), "OK")
                    assert_eq(send("write"), "ENOSPC")
                trace(c, syscalls = ["fsync", "unlink"], run = lambda: fault(c, write = deny("ENOSPC"), run = inner))
                fault(no_sync, run = lambda: fault(no_write, run = innermost))
            """).Exited(0);

        Assert.Equal(["unlink", "fsync"], run.Events("syscall").Where(e => e.Field("decision") == "trace").Select(e => e.Field("syscall")));
    }

    [Theory]
    [InlineData("nth = 3", new[] { "OK", "OK", "EIO", "OK", "OK", "OK" })]
    [InlineData("after = 2", new[] { "OK", "OK", "EIO", "EIO", "EIO", "EIO" })]
    [InlineData("after = 0", new[] { "EIO", "EIO", "EIO", "EIO", "EIO", "EIO" })]
    [InlineData("every = 2", new[] { "OK", "EIO", "OK", "EIO", "OK", "EIO" })]
    [InlineData("first = 2", new[] { "EIO", "EIO", "OK", "OK", "OK", "OK" })]
    public void Triggers_choose_matches_by_their_number(string trigger, string[] expected)
    {
        var list = string.Join(", ", expected.Select(e => $"\"{e}\""));

        _caller.Run($"""
            def test_trigger():
                fault(c, write = deny("EIO", {trigger}), run = lambda: assert_eq([send("write") for _ in range(6)], [{list}]))
            """).Exited(0);
    }

    [Fact]
    public void A_call_that_a_timer_interrupts_is_counted_once()
    {
        var run = _caller.Run("""
            def test_alarms():
                def body():
                    assert_eq(send("alarm 1000"), "OK")
                    assert_eq(send("many write 20"), "1")
                    assert_eq(send("alarm 0"), "OK")
                    assert_true(int(send("alarms")) > 20, "signals came while the calls waited")
                def inner():
                    fault(c, write = delay("10ms", then = deny("EIO"), nth = 3), run = body)
                fault(c, write = delay("10ms"), run = inner)
            """).Exited(0);

        var faults = run.OnlyRow.GetProperty("faults").EnumerateArray().ToList();
        Assert.Equal([19, 1], faults.Select(f => f.GetProperty("hits").GetInt32()).OrderDescending());
        Assert.Equal([20, 19], faults.Select(f => f.GetProperty("matches").GetInt32()).OrderDescending());
        Assert.Equal(20, run.Events("syscall").Count(e => e.Field("syscall") == "write" && e.Field("path") == _caller.Space.File("data.wal")));
    }

    [Fact]
    public void One_percent_is_one_percent_and_a_seed_repeats_itself()
    {
        const string Body = """
            def test_flaky():
                fault(c, write = deny("EIO", probability = "1%"), run = lambda: send("many write 1000"))
                assert_true(True)
            """;

        var first = Occurrences(_caller.Run(Body).Exited(0));
        var second = Occurrences(_caller.Run(Body).Exited(0));

        Assert.InRange(first.Count, 1, 40);
        Assert.Equal(first, second);
    }

    [Fact]
    public void A_seed_chooses_the_same_matches_for_one_thread_and_for_eight()
    {
        const string Body = """
            def test_flaky():
                fault(c, write = deny("EIO", probability = "30%"), run = lambda: send("threads THREADS 400"))
                assert_true(True)
            """;

        var one = Occurrences(_caller.Run(Body.Replace("THREADS", "1", StringComparison.Ordinal)).Exited(0));
        var eight = Occurrences(_caller.Run(Body.Replace("THREADS", "8", StringComparison.Ordinal)).Exited(0));

        Assert.InRange(one.Count, 80, 160);
        Assert.Equal(one, eight.OrderBy(o => int.Parse(o!, CultureInfo.InvariantCulture)));
    }

    [Theory]
    [InlineData("""probability = "abc" """, "abc")]
    [InlineData("""foo = 1""", "foo")]
    [InlineData("""lable = "x" """, "did you mean \"label\"")]
    public void A_bad_keyword_of_a_fault_names_what_is_wrong(string keyword, string named)
    {
        var run = _caller.Run($"""
            bad = deny("EIO", {keyword})
            def test_x(): pass
            """).Exited(1);

        Assert.Contains(named, run.Error, StringComparison.Ordinal);
        Assert.Contains("spec.star:", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_errno_and_an_unknown_call_are_refused_with_what_is_known()
    {
        var errno = _caller.Run("bad = deny(\"EBOGUS\")\ndef test_x(): pass").Exited(1);
        Assert.Contains("unknown errno \"EBOGUS\"", errno.Error, StringComparison.Ordinal);
        Assert.Contains("EIO", errno.Error, StringComparison.Ordinal);

        var call = _caller.Run("def test_x():\n    fault(c, wrte = deny(\"EIO\"), run = lambda: None)").Exited(2);
        Assert.Contains("did you mean \"write\"", call.OnlyRow.Text("reason"), StringComparison.Ordinal);
        Assert.Contains("unknown keyword \"wrte\" for service \"c\"", call.OnlyRow.Text("reason"), StringComparison.Ordinal);
        Assert.Contains("write, read, connect, openat, fsync", call.OnlyRow.Text("reason"), StringComparison.Ordinal);
    }

    private static List<string?> Occurrences(Execution run) =>
        [.. run.Events("syscall").Where(e => e.Field("errno") is not null).Select(e => e.Field("occurrence"))];
}
