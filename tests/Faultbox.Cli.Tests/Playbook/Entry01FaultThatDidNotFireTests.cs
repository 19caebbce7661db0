using Faultbox.Linux.Syscalls;

namespace Faultbox.Cli.Tests.Playbook;

/// <summary>"My fault rule installed but nothing fired": the symptom, the reason the program gives, and the fix it proposes.</summary>
public sealed class Entry01FaultThatDidNotFireTests : IDisposable
{
    private readonly CallerService _caller = new();

    public void Dispose() => _caller.Dispose();

    [Fact]
    public void A_reused_connection_is_recognized_and_faulting_write_helps()
    {
        var run = _caller.Run($$"""
            def test_reused():
                for i in range(3):
                    assert_eq(send("keep"), "OK")
                fault(c, connect = deny("ECONNREFUSED"), run = lambda: assert_eq(send("ping"), "OK"))
            def test_fixed():
                assert_eq(send("keep"), "OK")
                fault(c, write = deny("EPIPE"), run = lambda: assert_eq(send("ping"), "EPIPE"))
            """).Exited(0);

        const string Why = "connect happened 3 times before the window opened (connection reused): fault write or read";
        var row = run.Row("test_reused");
        Assert.Equal(0, row.GetProperty("faults")[0].GetProperty("hits").GetInt32());
        var zero = row.GetProperty("events").EnumerateArray().Single(e => e.Text("type") == "fault_zero_traffic");
        Assert.Equal("connect", zero.Field("syscall"));
        Assert.StartsWith(Why, zero.Field("hint"), StringComparison.Ordinal);
        Assert.Contains("Zero-traffic faults (1): rule installed, matched no syscalls", run.Error, StringComparison.Ordinal);
        Assert.Contains("test_reused — c.connect (deny)", run.Error, StringComparison.Ordinal);
        Assert.Contains(Why, run.Error, StringComparison.Ordinal);
        Assert.Contains("[FAULT_NOT_FIRED] test_reused", run.Error, StringComparison.Ordinal);
        Assert.Equal(1, run.Row("test_fixed").GetProperty("faults")[0].GetProperty("hits").GetInt32());
    }

    [Fact]
    public void A_sibling_call_that_did_the_work_is_named()
    {
        var run = _caller.Run($$"""
            def test_sibling():
                assert_eq(send("keep"), "OK")
                def body():
                    for i in range(2):
                        assert_eq(send("ping"), "OK")
                fault(c, quiet = deny("EPIPE"), run = body)
            """, """, ops = {"quiet": op(syscalls = ["sendmsg"])}""").Exited(0);

        Assert.Contains("0 quiet but", run.Events("fault_zero_traffic").Single().Field("hint"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_variant_of_a_call_that_the_program_makes_is_named()
    {
        (string Keyword, string Made)[] pairs =
        [
            ("symlink", "symlinkat"), ("link", "linkat"), ("unlinkat", "unlink"), ("renameat2", "rename"), ("mkdirat", "mkdir"), ("rmdir", "unlinkat"),
            ("openat2", "openat"), ("creat", "open"), ("newfstatat", "statx"), ("fstat", "newfstatat"), ("faccessat2", "access"), ("readlink", "readlinkat"),
            ("poll", "ppoll"), ("select", "pselect6"), ("epoll_wait", "epoll_pwait"), ("epoll_pwait", "epoll_pwait2"),
            ("dup2", "dup3"), ("pipe", "pipe2"), ("fork", "clone3"), ("vfork", "clone"), ("preadv", "preadv2"), ("pwritev", "pwritev2"),
            ("fdatasync", "fsync"), ("getdents", "getdents64"), ("chmod", "fchmodat"), ("nanosleep", "clock_nanosleep"), ("truncate", "ftruncate"),
        ];
        Assert.All(pairs, p => Assert.True(SyscallTable.TryGetNumber(p.Keyword, out _) && SyscallTable.TryGetNumber(p.Made, out _)));
        var run = _caller.Run(string.Concat(pairs.Select(p => $"""
            def test_{p.Keyword}():
                fault(c, {p.Keyword} = deny("EIO"), run = lambda: send("raw {Number(p.Made)}"))

            """))).Exited(0);

        Assert.All(pairs, p => Assert.StartsWith($"0 {p.Keyword} but ", Hint(run, $"test_{p.Keyword}"), StringComparison.Ordinal));
        Assert.All(pairs, p => Assert.Contains($" {p.Made}: fault ", Hint(run, $"test_{p.Keyword}"), StringComparison.Ordinal));

        static int Number(string call) => SyscallTable.TryGetNumber(call, out var number) ? number : throw new ArgumentException(call);
    }

    [Fact]
    public void A_name_that_the_program_chose_does_not_steer_the_terminal()
    {
        var run = _caller.Run("""
            def test_name():
                assert_eq(send("use red\x1b[31m.wal"), "OK")
                fault(c, write = deny("EIO"), run = lambda: assert_eq(send("write"), "EIO"))
                fault(c, other = deny("EIO"), run = lambda: assert_eq(send("write"), "OK"))
            """, """, ops = {"other": op(syscalls = ["write"], path = "/srv/*.wal")}""").Exited(0);

        Assert.DoesNotContain('\x1b', run.Error);
        Assert.Matches(@"#\d+ .* deny\(input/output error\)  /.*/red\\x1b\[31m\.wal\n", run.Error);
        Assert.Matches(@"why: .*nearest /.*/red\\x1b\[31m\.wal: check", run.Error);
        Assert.EndsWith("/red\u001b[31m.wal", run.Events("syscall").Single(e => e.Field("decision") == "deny(input/output error)").Field("path"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_reason_that_quotes_a_program_keeps_its_lines_and_does_not_steer_the_terminal()
    {
        _caller.Space.Write("spec.star", _caller.Declaration() + """
            def test_reason():
                assert_true(False, "it said:\nred \x1b[31m and \x1b[2J")
            """);
        var run = _caller.Space.Run("test", "spec.star", "--bundle", "run.fb").Exited(2);
        var summary = _caller.Space.Run("inspect", "run.fb").Exited(0);

        Assert.DoesNotContain('\x1b', run.Error + summary.Output);
        Assert.Contains("it said:\nred \\x1b[31m and \\x1b[2J", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rule_is_idle_although_the_same_fault_matched_another_path()
    {
        var run = _caller.Run("""
            def test_paths():
                for path in ["**/data.wal", "**/date.wal", "**/data.wal"]:
                    fault(c, write = deny("EIO", path = path), run = lambda: send("write"))
                assert_true(True)
            """).Exited(0);

        Assert.Equal([2, 0], run.OnlyRow.GetProperty("faults").EnumerateArray().Select(f => f.GetProperty("hits").GetInt32()));
        Assert.Contains("Zero-traffic faults (1)", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("write", "data.wal", "write", @"^1 write on /.*/data\.wal, but ""data\.wal"" does not begin as a whole path does: write ""\*\*/data\.wal""$")]
    [InlineData("connect", "/run/*.sock", "dial", @"^1 connect, all on sockets, which have no path; they went to 127\.0\.0\.1:\d+: name the destination with to=$")]
    public void A_path_that_cannot_be_meant_so_says_what_to_write(string keyword, string path, string call, string hint)
    {
        var run = _caller.Run($"""
            def test_path():
                fault(c, {keyword} = deny("EIO", path = "{path}"), run = lambda: send("{call}"))
                assert_true(True)
            """).Exited(0);

        Assert.Matches(hint, Hint(run, "test_path"));
    }

    [Fact]
    public void A_window_without_traffic_says_so()
    {
        var run = _caller.Run("""
            def test_quiet():
                fault(c, write = deny("EIO"), run = lambda: None)
                assert_eq(send("write"), "OK")
            """).Exited(0);

        Assert.Contains("no traffic of c while the window was open (", run.Events("fault_zero_traffic").Single().Field("hint"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_was_deleted_while_open_is_no_path_to_propose()
    {
        var run = _caller.Run("""
            def test_deleted():
                fault(c, write = deny("EIO", path = "**/gone.wal"), run = lambda: send("deleted"))
            def test_deleted_and_kept():
                fault(c, write = deny("EIO", path = "**/gone.wal"), run = lambda: [send("deleted"), send("write")])
            """).Exited(0);

        var hints = run.Json.GetProperty("tests").EnumerateArray().Select(t => t.GetProperty("faults").EnumerateArray().Last().GetProperty("hint").GetString()!).ToList();
        Assert.Matches(@"^1 write, all on files that were deleted while they were open, such as /.*/gone\.wal \(deleted\): those have no path any more, leave", hints[0]);
        Assert.Contains($"1 call with other paths, nearest {_caller.Space.File("data.wal")}: check the glob", hints[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_glob_that_misses_shows_the_nearest_path()
    {
        var run = _caller.Run("""
            def test_glob():
                fault(c, wal = deny("EIO"), run = lambda: assert_eq(send("write"), "OK"))
            """, """, ops = {"wal": op(syscalls = ["write"], path = "/srv/*.wal")}""").Exited(0);

        Assert.Contains($"nearest {_caller.Space.File("data.wal")}", run.Events("fault_zero_traffic").Single().Field("hint"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("connect = deny(\"ECONNREFUSED\")", "c", "the service may make another call", "the messages may differ")]
    [InlineData("drop(method = \"pong\")", "c.main", "the messages may differ", "the service may make another call")]
    public void What_may_be_wrong_is_said_for_the_layer_of_the_rule(string rule, string target, string said, string unsaid)
    {
        var run = _caller.Run($$"""
            def test_idle():
                fault({{target}}, {{rule}}, run = lambda: assert_eq(send("write"), "OK"))
            """).Exited(0);

        Assert.Contains("WARNING: fault rules were installed but no injections fired", run.Error, StringComparison.Ordinal);
        Assert.Contains(said, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(unsaid, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("write")]
    [InlineData("writev")]
    public void A_rule_that_fires_on_one_call_of_its_family_is_not_idle(string call)
    {
        var run = _caller.Run($"""
            def test_family():
                fault(c, write = deny("EIO"), run = lambda: assert_eq(send("{call}"), "EIO"))
            """).Exited(0);

        Assert.Equal(1, run.OnlyRow.GetProperty("faults")[0].GetProperty("hits").GetInt32());

        Assert.Empty(run.Events("fault_zero_traffic"));
        Assert.DoesNotContain("Zero-traffic", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_started_window_spans_more_of_the_test()
    {
        _caller.Run("""
            def test_span():
                fault_start(c, write = deny("EIO"))
                assert_eq(send("write"), "EIO")
                fault_stop(c)
                assert_eq(send("write"), "OK")
            """).Exited(0);
    }

    [Theory]
    [InlineData("child", "write", "caller (main, ")]
    [InlineData("main", "child", "caller (child, ")]
    public void A_process_that_the_rule_does_not_mean_is_named(string role, string request, string who)
    {
        var run = _caller.Run($$"""
            def test_role():
                fault(c, wal = deny("EIO", role = "{{role}}"), run = lambda: assert_eq(send("{{request}}"), "OK"))
            """, """, ops = {"wal": op(syscalls = ["write"], path = "**/*.wal")}""").Exited(0);

        SaysEverywhere(run, $"another process of the service did it: 1 wal by {who}", $"none with role=\"{role}\": widen the restriction");
    }

    [Fact]
    public void A_thread_that_the_rule_does_not_mean_is_named()
    {
        var run = _caller.Run("""
            def test_thread():
                fault(c, fsync = deny("EIO", thread = "flusher"), run = lambda: assert_eq(send("fsync"), "OK"))
            """).Exited(0);

        SaysEverywhere(run, "another thread of the service did it: 1 fsync by thread caller of caller", "none with thread=\"flusher\"");
    }

    [Fact]
    public void A_clock_that_is_read_without_a_call_is_recognized()
    {
        var run = _caller.Run("""
            def test_clock():
                fault(c, clock_gettime = deny("EINVAL"), run = lambda: assert_eq(send("fast-clock"), "OK"))
            """).Exited(0);

        SaysEverywhere(run, "clock_gettime is answered by the vDSO", "fault the call that it waits in");
    }

    [Fact]
    public void Work_that_goes_through_a_ring_is_recognized_and_refusing_rings_helps()
    {
        const string Body = """
            def test_ring():
                fault(c, fsync = deny("EIO"), run = lambda: assert_eq(send("ring-fsync"), {0}))
            """;
        var run = _caller.Run(Body.Replace("{0}", "\"OK\"", StringComparison.Ordinal), ", io_uring = True").Exited(0);

        SaysEverywhere(run, "the service set up 1 ring (io_uring)", "remove io_uring=True");
        var refused = _caller.Run(Body.Replace("{0}", "\"EIO\"", StringComparison.Ordinal)).Exited(0);
        Assert.Equal(1, refused.OnlyRow.GetProperty("faults")[0].GetProperty("hits").GetInt32());
    }

    [Fact]
    public void A_file_that_was_used_by_another_call_or_earlier_says_so()
    {
        var run = _caller.Run("""
            def test_other():
                fault(c, wal_sync = deny("EIO"), run = lambda: assert_eq(send("write"), "OK"))
            def test_earlier():
                assert_eq(send("fsync"), "OK")
                fault(c, wal_sync = deny("EIO"), run = lambda: assert_eq(send("unlink /none"), "ENOENT"))
            def test_taken():
                def inner():
                    fault(c, write = deny("ENOSPC"), run = lambda: assert_eq(send("write"), "ENOSPC"))
                fault(c, wal = deny("EIO"), run = inner)
            """, """, ops = {"wal": op(syscalls = ["write"], path = "**/*.wal"), "wal_sync": op(syscalls = ["fsync"], path = "**/*.wal")}""").Exited(0);

        Assert.StartsWith("0 wal_sync but 1 write on \"**/*.wal\": fault write", Hint(run, "test_other"), StringComparison.Ordinal);
        Assert.StartsWith("wal_sync on \"**/*.wal\" happened once, all before the window opened", Hint(run, "test_earlier"), StringComparison.Ordinal);
        Assert.StartsWith("1 wal while the window was open, all taken by write=deny", Hint(run, "test_taken"), StringComparison.Ordinal);
    }

    private static string Hint(Execution run, string test) => run.Row(test).GetProperty("faults")[0].Text("hint");

    /// <summary>The event, the JSON row, the diagnostic and the terminal give the same reason.</summary>
    private static void SaysEverywhere(Execution run, params string[] parts)
    {
        var hint = run.Events("fault_zero_traffic").Single().Field("hint")!;
        Assert.All(parts, p => Assert.Contains(p, hint, StringComparison.Ordinal));
        var row = run.OnlyRow;
        Assert.Equal(hint, row.GetProperty("faults")[0].Text("hint"));
        Assert.Contains(row.GetProperty("diagnostics").EnumerateArray(), d => d.Text("code") == "FAULT_NOT_FIRED" && d.Text("message").EndsWith(hint, StringComparison.Ordinal));
        Assert.Contains("why: " + hint, run.Error, StringComparison.Ordinal);
    }
}
