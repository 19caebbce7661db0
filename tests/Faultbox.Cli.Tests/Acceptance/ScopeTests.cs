namespace Faultbox.Cli.Tests.Acceptance;

/// <summary>What a fault is restricted to, on a real program: destination, descriptor, size, caller, path, time; and exemptions from it.</summary>
[Trait("Category", "Slow")]
public sealed class ScopeTests : IDisposable
{
    private readonly CallerService _caller = new();
    private readonly int _cachePort = Workspace.NewPort();
    private readonly int _dbPort = Workspace.NewPort();

    public void Dispose() => _caller.Dispose();

    [Theory]
    [InlineData("cache")]
    [InlineData("cache.main")]
    [InlineData("\"localhost:CACHE\"")]
    [InlineData("[\"127.0.0.0/8:CACHE\", \"[::1]:CACHE\"]")]
    public void A_refused_destination_leaves_other_connections_alone(string to)
    {
        var run = Passes($$"""
            def body():
                assert_eq(send("dial4 {{_cachePort}}"), "ECONNREFUSED")
                assert_eq(send("dial4 {{_dbPort}}"), "OK")
                assert_eq(send("dial6 {{_cachePort}}"), "ECONNREFUSED")
                send("dial6 {{_dbPort}}")
            def test_to():
                fault(c, connect = deny("ECONNREFUSED", to = {{to.Replace("CACHE", $"{_cachePort}", StringComparison.Ordinal)}}), run = body)
                assert_eq(send("dial4 {{_cachePort}}"), "OK")
            """);

        // Nobody listens on the other family: only the decision tells the fault from a connection that the kernel refused.
        string[] expected =
        [
            $"127.0.0.1:{_cachePort} deny(connection refused)", $"127.0.0.1:{_dbPort} allow",
            $"[::1]:{_cachePort} deny(connection refused)", $"[::1]:{_dbPort} allow",
            $"127.0.0.1:{_cachePort} allow",
        ];
        Assert.Equal(expected, run.Events("syscall").Where(e => e.Text("service") == "c" && e.Field("dest") is not null).Select(e => $"{e.Field("dest")} {e.Field("decision")}"));
    }

    [Theory]
    [InlineData("cache.main")]
    [InlineData("cache.main.proxy_addr")]
    [InlineData("[cache.main.proxy_host + \":\" + cache.main.proxy_port]")]
    public void The_address_of_a_proxy_means_its_interface(string to) => Passes($$"""
        def body():
            assert_eq(send("dial4 " + cache.main.proxy_port), "ECONNREFUSED")
            assert_eq(send("dial4 {{_cachePort}}"), "ECONNREFUSED")
            assert_eq(send("dial4 " + db.main.proxy_port), "OK")
        AT_LOAD = deny("ECONNREFUSED", to = {{to}})
        def test_to():
            fault(c, connect = AT_LOAD, run = body)
            fault(c, connect = deny("ECONNREFUSED", to = {{to}}), run = body)
        """);

    [Fact]
    public void On_tells_files_pipes_and_standard_streams_apart() => Passes("""
        def calls():
            return [send("write"), send("pipe"), send("stdout")]
        def under(on):
            return fault(c, write = deny("EIO", on = on), run = calls)
        def test_on():
            assert_eq(under("file"), ["EIO", "OK", "OK"])
            assert_eq(under("stdio"), ["OK", "OK", "EIO"])
            assert_eq(under(["file", "stdio"]), ["EIO", "OK", "EIO"])
            assert_eq(under("pipe")[0:2], ["OK", "EIO"])
        """);

    [Fact]
    public void Sizes_are_bounds_that_are_not_met_themselves() => Passes("""
        def calls():
            return [send("bytes " + n) for n in ["100", "101", "4095", "4096"]]
        def test_bytes():
            assert_eq(fault(c, write = deny("EIO", bytes_gt = 100, bytes_lt = 4096), run = calls), ["OK", "EIO", "EIO", "OK"])
        """);

    [Theory]
    [InlineData("table", "EROFS")]
    [InlineData("table.new", "EROFS")]
    [InlineData("table.*", "EROFS")]
    [InlineData("other", "OK")]
    public void A_call_that_names_two_paths_is_about_both(string path, string expected) => Passes($$"""
        def test_rename():
            assert_eq(fault(c, rename = deny("EROFS", path = "{{_caller.Space.File(path)}}"),
                run = lambda: send("rename {{_caller.Space.File("table")}}")), "{{expected}}")
        """);

    [Theory]
    [InlineData("role = \"main\"", "EIO", "OK")]
    [InlineData("role = \"child\"", "OK", "EIO")]
    [InlineData("process = \"call*\"", "EIO", "EIO")]
    [InlineData("process = \"other\"", "OK", "OK")]
    [InlineData("exe = \"**/caller\"", "EIO", "EIO")]
    [InlineData("exe = \"call*\"", "EIO", "EIO")]
    [InlineData("exe = \"call/*\"", "OK", "OK")]
    public void Callers_are_told_apart(string scope, string own, string child) => Passes($$"""
        def test_caller():
            assert_eq(fault(c, write = deny("EIO", {{scope}}), run = lambda: [send("write"), send("child")]), ["{{own}}", "{{child}}"])
        """);

    [Fact]
    public void An_event_names_the_process_when_its_rule_asked_for_it()
    {
        var denied = Passes("""
            def test_caller():
                fault(c, write = deny("EIO", role = "child"), run = lambda: send("child"))
                fault(c, write = deny("EIO", on = "file"), run = lambda: send("child"))
                assert_eq(len(events(type = "syscall", comm = "caller")), 1)
            """).Events("syscall").Where(e => e.Field("decision") == "deny(input/output error)").ToList();

        // The child has one thread.
        Assert.Equal([("caller", denied[0].Field("pid")), (null, null)], denied.Select(e => (e.Field("comm"), e.Field("tgid"))));
    }

    [Fact]
    public void A_thread_is_known_by_the_name_it_has_now() => Passes("""
        def calls():
            before = str(send("write"))
            send("rename-thread io-1")
            return [before, str(send("write"))]
        def test_thread():
            assert_eq(fault(c, write = deny("EIO", thread = "io-*"), run = calls), ["OK", "EIO"])
        """);

    [Fact]
    [Trait("Category", "Slow")]
    public void A_rule_expires_before_its_window() => Passes("""
        def body():
            assert_eq(send("write"), "EIO")
            sleep("3100ms")
            assert_eq(send("write"), "OK")
        def test_during():
            fault(c, write = deny("EIO", during = "3s"), run = body)
        """);

    [Fact]
    public void An_allow_with_any_restriction_exempts_from_the_rules_below_it() => Passes("""
        def test_exempt():
            def body():
                assert_eq(fault(c, write = allow(bytes_gt = 100), run = lambda: [send("bytes 101"), send("bytes 7")]), ["OK", "EIO"])
                assert_eq(fault(c, write = allow(first = 1), run = lambda: [send("write"), send("write")]), ["OK", "EIO"])
                assert_eq(fault(c, write = allow(path = ["/nowhere", "**/*.wal"]), run = lambda: send("write")), "OK")
                assert_eq(fault(c, write = allow(), run = lambda: send("write")), "EIO")
            fault(c, write = deny("EIO"), run = body)
        """);

    [Fact]
    public void A_sequence_of_errors_ends_or_repeats_and_a_delay_may_end_in_an_error()
    {
        var run = Passes("""
            def five():
                return [send("write") for _ in range(5)]
            def test_sequence():
                assert_eq(fault(c, write = deny(["EINTR", "EAGAIN", "EIO"]), run = five), ["EINTR", "EAGAIN", "EIO", "OK", "OK"])
                assert_eq(fault(c, write = deny(["EINTR", "EIO"], repeat = True, after = 1), run = five), ["OK", "EINTR", "EIO", "EINTR", "EIO"])
                assert_eq(fault(c, write = delay("20ms", then = deny("ETIMEDOUT"), nth = 2), run = lambda: five()[0:3]), ["OK", "ETIMEDOUT", "OK"])
            """);

        var late = Assert.Single(run.Events("syscall"), e => e.Field("latency_ms") is not null);
        Assert.Equal(("20", "ETIMEDOUT"), (late.Field("latency_ms"), late.Field("errno")));
    }

    [Theory]
    [InlineData("fsync = deny(\"EIO\", to = \"127.0.0.1:1\")", "to=...) can never act: no call of \"fsync\" says where it goes")]
    [InlineData("fsync = deny(\"EIO\", bytes_gt = 1)", "no call of \"fsync\" has a size")]
    [InlineData("getpid = deny(\"EIO\", on = \"file\")", "no call of \"getpid\" works on a descriptor")]
    public void A_restriction_that_can_never_hold_is_refused(string rule, string message)
    {
        var run = _caller.Run($"""
            def test_never():
                fault(c, {rule}, run = lambda: None)
            """).Exited(2);

        Assert.Contains(message, run.OnlyRow.Text("reason"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("deny(\"EIO\", nth = 1, after = 1)", "deny(): nth= and after= exclude each other")]
    [InlineData("deny(\"EIO\", every = 0)", "deny(): every must be > 0, got 0")]
    [InlineData("deny(\"EIO\", role = \"parent\")", "deny(): role must be \"main\" or \"child\", got \"parent\"")]
    [InlineData("deny(\"EIO\", on = \"disk\")", "deny(): on must be \"file\", \"socket\", \"pipe\" or \"stdio\", got \"disk\"")]
    [InlineData("deny(\"EIO\", to = \"cache\")", "deny(): to=\"cache\" is no address")]
    [InlineData("deny(\"EIO\", repeat = True)", "deny(): repeat= needs a list of at least two errors")]
    [InlineData("deny([])", "deny(): errno must name at least one error")]
    [InlineData("delay(\"1s\", then = delay(\"1s\"))", "delay(): then must be deny(...), got delay(...)")]
    [InlineData("delay(\"1s\", then = deny(\"EIO\", nth = 2))", "delay(): then takes an error only")]
    [InlineData("delay(\"1 parsec\")", "bad duration \"1 parsec\"")]
    [InlineData("allow(during = \"0s\")", "allow(): during must be positive")]
    public void A_wrong_restriction_is_refused_while_the_specification_loads(string value, string message) =>
        Assert.Contains(message, _caller.Run($"X = {value}\ndef test_x():\n    pass\n").Exited(1).Error, StringComparison.Ordinal);

    [Fact]
    public void Memory_shared_with_a_faulted_file_is_reported()
    {
        var run = _caller.Run("""
            def test_mapped():
                send("map")
                fault(c, wal = deny("EIO"), run = lambda: assert_eq(send("write"), "EIO"))
            """, """, ops = {"wal": op(syscalls = ["write"], path = "**/*.wal")}""").Exited(0);

        Assert.Contains($"UNMEDIATED_MMAP", run.Output, StringComparison.Ordinal);
        Assert.Contains($"shares memory with {_caller.Space.File("data.wal")}", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_service_that_may_use_rings_is_reported_when_it_is_faulted()
    {
        var run = _caller.Run("""
            def test_ring():
                fault(c, write = deny("EIO"), run = lambda: assert_eq(send("write"), "EIO"))
            """, ", io_uring = True").Exited(0);

        Assert.Contains("UNMEDIATED_IO_URING", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_child_whose_calls_pass_by_every_rule_is_named()
    {
        ThirtyTwoBitProgram.Write(_caller.Space.File("old"));

        var run = _caller.Run("""
            def test_child():
                fault(c, fsync = deny("EIO"), run = lambda: send("run ./old"))
            """).Exited(0);

        var name = $"old ({_caller.Space.File("old")})";
        var seen = ThirtyTwoBitProgram.IsExecutedBy(_caller.Space);
        Assert.Equal(seen, run.Output.Contains($"{name}, a process of service \\\"c\\\", made 32-bit system calls while a fault was in force", StringComparison.Ordinal));
        Assert.Equal(seen, run.Output.Contains($"{name} made 32-bit system calls, which pass by every rule: use a build for", StringComparison.Ordinal));
    }

    private Execution Passes(string body) => _caller.Run($$"""
        def line(name, port):
            return service(name, "./caller", interface("main", "tcp", port), args = [str(port)], env = {"DATA": "{{_caller.Space.File("other.wal")}}"},
                healthcheck = tcp("localhost:" + str(port)))
        cache = line("cache", {{_cachePort}})
        db = line("db", {{_dbPort}})

        """ + body).Exited(0);

    [Fact]
    public void A_relative_path_is_found_as_written_and_as_resolved()
    {
        Directory.CreateDirectory(_caller.Space.File("d"));
        var full = _caller.Space.File("d/a.wal");

        var run = _caller.Run($$"""
            def test_paths():
                written = lambda: assert_eq(send("use d/../d/a.wal"), "EACCES")
                fault(c, openat = deny("EACCES", path = "d/../d/*.wal"), run = written)
                fault(c, openat = deny("EACCES", path = "{{full}}"), run = written)
                for path in ["{{full}}", "d/../d/a.wal"]:
                    assert_eq(len(events(type = "syscall", path = path)), 2)
            """).Exited(0);

        var denied = run.Events("syscall").Where(e => e.Field("decision") == "deny(permission denied)").ToList();
        Assert.Equal([(full, "d/../d/a.wal"), (full, "d/../d/a.wal")], denied.Select(e => (e.Field("path"), e.Field("raw_path"))));
    }
}
