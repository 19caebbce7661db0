namespace Faultbox.Cli.Tests.Running;

/// <summary><c>faultbox run</c>: one program under control, without a specification.</summary>
public sealed class RunCommandTests : IDisposable
{
    private readonly Workspace _space = new();

    public void Dispose() => _space.Dispose();

    [Fact]
    public void A_path_glob_that_could_never_match_is_refused()
    {
        var run = _space.Run("run", "--fault", "write=EIO:100%:/a/[b", "--", "/bin/true").Exited(1);

        Assert.Contains("--fault \"write=EIO:100%:/a/[b\": path glob \"/a/[b\": the class that [ begins has no ]", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_second_write_fails_and_the_first_passes()
    {
        var run = _space.Run("run", "--fault", "write=EIO:100%:nth=2", "--", "/bin/sh", "-c", "echo a; echo b");

        Assert.Equal("a\n", run.Output);
        Assert.Contains("\"decision\":\"deny(input/output error)\"", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("every=2", "a\nc\n")]
    [InlineData("first=1", "b\nc\nd\n")]
    [InlineData("after=2", "a\nb\n")]
    public void A_trigger_chooses_writes_by_their_number(string trigger, string written)
    {
        _space.Run("run", "--fault", $"write=EIO:100%:**/out.txt:{trigger}", "--", "/bin/sh", "-c", "for l in a b c d; do /bin/echo $l >> out.txt; done");

        Assert.Equal(written, File.ReadAllText(_space.File("out.txt")));
    }

    [Fact]
    public void A_name_that_the_program_chose_does_not_steer_the_terminal()
    {
        var run = _space.Run(
            "run", "--log-format", "console", "--fault", "openat=EIO:100%:**/*.txt", "--",
            "/bin/sh", "-c", """exec 2>/dev/null; : > "$(printf 'red\033[31m\rx.txt')" """);

        Assert.DoesNotContain(run.Error.Replace("\n", "", StringComparison.Ordinal), c => char.IsControl(c));
        Assert.Matches(@"decision=deny\(input/output error\) path=/.*/red\\x1b\[31m\\rx\.txt\n", run.Error);
    }

    [Fact]
    public void Two_faults_of_a_call_are_told_apart_when_only_one_matches()
    {
        var run = _space.Run(
            "run", "--log-format", "console", "--fault", "openat=EIO:100%:/srv/none/*", "--fault", "openat=EIO:100%:**/x.txt", "--",
            "/bin/sh", "-c", ": > x.txt");

        Assert.Matches("WRN .* fault matched no call .* hits=0 matches=0", run.Error);
        Assert.Matches("INF .* fault summary .* hits=1 matches=1", run.Error);
    }

    [Theory]
    [InlineData("exit 42", 42)]
    [InlineData("kill -9 $$", 137)]
    [InlineData("kill -TERM $$", 143)]
    [InlineData("exit 0", 0)]
    public void The_exit_status_of_the_program_is_passed_on(string script, int code) => _space.Run("run", "--", "sh", "-c", script).Exited(code);

    [Fact]
    public void A_signal_that_the_program_sends_to_its_process_group_ends_nothing_but_the_group() =>
        Assert.Equal("alive\n", _space.Run("run", "--", "sh", "-c", "trap '' TERM; kill 0; sleep 0.3; echo alive").Exited(0).Output);

    [Fact]
    public void A_program_that_does_not_exist_exits_with_127() =>
        Assert.Contains("no such file or directory", _space.Run("run", "./nosuch").Exited(127).Error, StringComparison.Ordinal);

    [Theory]
    [InlineData("./directory", "error: exec ./directory: permission denied (it is a directory: name a program in it)")]
    [InlineData("./plain", "error: exec ./plain: permission denied (make it executable: chmod +x)")]
    [InlineData("./foreign", "error: exec ./foreign: exec format error (it is built for another architecture than ")]
    [InlineData("./orphan", "error: exec ./orphan: no such file or directory (it exists, but the interpreter or loader that it names does not")]
    [InlineData("nosuchprogram", "(check the path; a name without / is looked for in PATH)")]
    public void A_program_that_cannot_be_executed_exits_with_127_and_what_to_do(string program, string message)
    {
        Directory.CreateDirectory(_space.File("directory"));
        _space.Write("plain", "hello");
        _space.Write("orphan", "#!/nowhere/interpreter\n");

        // The head of an ELF file for a machine that is neither.
        File.WriteAllBytes(_space.File("foreign"), [0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, .. new byte[9], 2, 0, 243, 0, .. new byte[44]]);
        foreach (var executable in (string[])["foreign", "orphan"])
        {
            File.SetUnixFileMode(_space.File(executable), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        var run = _space.Run("run", program).Exited(127);

        Assert.Contains(message, Assert.Single(run.Error.Split('\n'), l => l.StartsWith("error: ", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("error: <binary> is missing")]
    [InlineData("error: <binary> is missing", "--")]
    [InlineData("error: unknown option --bogus; ", "--bogus", "true")]
    [InlineData("error: unknown option --bogus; ", "--bogus")]
    [InlineData("error: the name of the program is empty", "")]
    [InlineData("error: --fault needs a value", "--fault")]
    [InlineData("error: --env \"NAME\": write KEY=VALUE", "--env", "NAME", "true")]
    [InlineData("error: --network: unknown value \"some\"; accepted: none, host", "--network", "some", "true")]
    [InlineData("error: --seed", "--seed", "-5", "true")]
    public void A_wrong_command_line_is_one_line_of_error_and_the_usage(string message, params string[] arguments)
    {
        var run = _space.Run(["run", .. arguments]).Exited(1);

        Assert.StartsWith(message, run.Error, StringComparison.Ordinal);
        Assert.StartsWith("usage: faultbox run ", run.Error.Split('\n')[1], StringComparison.Ordinal);
        Assert.Equal("", run.Output);
    }

    [Fact]
    public void A_program_may_be_named_like_an_option_behind_two_dashes() =>
        Assert.Contains("exec --bogus: ", _space.Run("run", "--", "--bogus").Exited(127).Error, StringComparison.Ordinal);

    [Fact]
    public void Everything_after_the_program_belongs_to_it() =>
        Assert.Equal("--fault -h\n", _space.Run("run", "--log-format", "json", "echo", "--fault", "-h").Exited(0).Output);

    [Fact]
    public void A_variable_reaches_the_program_and_the_last_one_wins() =>
        Assert.Equal("two\n", _space.Run("run", "--env", "WORD=one", "--env", "WORD=two", "sh", "-c", "echo $WORD").Exited(0).Output);

    [Theory]
    [InlineData("write")]
    [InlineData("=EIO:100%")]
    [InlineData("write=EIO")]
    [InlineData("write=EBOGUS:100%")]
    [InlineData("write=delay:soon:100%")]
    [InlineData("write=delay:-5ms:100%")]
    [InlineData("write=EIO:often")]
    [InlineData("write=EIO:101%")]
    [InlineData("write=EIO:100%:nth=0")]
    [InlineData("write=EIO:100%:after=x")]
    [InlineData("write=EIO:100%:every=0")]
    [InlineData("write=EIO:100%:frist=1")]
    [InlineData("wrte=EIO:100%")]
    [InlineData("write=EIO:100%:/a:/b:nth=1")]
    public void A_malformed_fault_is_refused_and_quoted(string rule) =>
        Assert.Contains($"error: --fault \"{rule}\": ", _space.Run("run", "--fault", rule, "true").Exited(1).Error, StringComparison.Ordinal);

    [Fact]
    public void A_file_fault_stands_for_the_calls_of_its_operation()
    {
        _space.Write("kept", "");

        Assert.NotEqual(0, _space.Run("run", "--fs-fault", "delete=EROFS:100%", "rm", "kept").ExitCode);
        Assert.True(File.Exists(_space.File("kept")));
    }

    [Fact]
    public void A_fault_that_matched_nothing_says_so()
    {
        var run = _space.Run("run", "--fault", "fsync=EIO:100%", "echo", "hello").Exited(0);

        Assert.Contains("fault matched no call", run.Error, StringComparison.Ordinal);
        Assert.Contains("\"hint\":", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<&-", "0")]
    [InlineData(">&-", "1")]
    [InlineData("2>&-", "2")]
    [InlineData("<&- >&- 2>&-", "0 1 2")]
    public void A_standard_stream_that_is_closed_is_the_null_device_and_nothing_of_this_program(string closed, string descriptors)
    {
        _space.RunProgram(
            "/bin/sh", "-c", $"'{Workspace.Program}' run --fault write=EIO:0% sh -c 'exec 9>streams; for n in {descriptors}; do t=$(readlink /proc/$$/fd/$n); echo $t >&9; done' {closed}")
            .Exited(0);

        Assert.All(File.ReadAllLines(_space.File("streams")), target => Assert.Equal("/dev/null", target));
        Assert.Equal(descriptors.Split(' ').Length, File.ReadAllLines(_space.File("streams")).Length);
    }

    [Fact]
    public void A_directory_that_was_removed_under_the_shell_is_named()
    {
        var run = _space.RunProgram(
            "/bin/sh", "-c", $"mkdir gone && cd gone && rmdir ../gone && exec '{Workspace.Program}' run /bin/true").Exited(1);

        Assert.Equal("error: the current directory does not exist any more: change to one that does, with cd\n", run.Error);
    }

    [Fact]
    public void A_program_learns_that_its_terminal_has_another_size()
    {
        const string Resize = """
            import fcntl, os, pty, struct, sys, termios
            pid, terminal = pty.fork()
            if pid == 0:
                os.execv(sys.argv[1], [sys.argv[1], "run", "python3", "-c", sys.argv[2]])
            text = b""
            while b"size (80, 25)" not in text:
                text += os.read(terminal, 4096)
                if b"ready" in text:
                    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 25, 80, 0, 0))
            os.waitpid(pid, 0)
            """;
        const string Program = """
            import os, signal
            def changed(*_):
                print("size", tuple(os.get_terminal_size(0)), flush=True)
                os._exit(0)
            signal.signal(signal.SIGWINCH, changed)
            print("ready", flush=True)
            while True:
                signal.pause()
            """;

        _space.RunProgram("python3", "-c", Resize, Workspace.Program, Program).Exited(0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(38)]
    public void Paths_are_read_although_a_policy_refuses_to_read_the_memory_of_others_directly(int errno)
    {
        var refuse = _space.Compile("Programs/refuse.c");
        _space.Write("x.txt", "text");

        var run = _space.RunProgram(
            refuse, $"{errno}", Workspace.Program, "run", "--log-format", "json", "--fault", "openat=EMFILE:100%:**/x.txt", "cat", "x.txt").Exited(1);

        Assert.Contains("Too many open files", run.Error, StringComparison.Ordinal);
        Assert.Contains($"\"decision\":\"deny(too many open files)\",\"path\":\"{_space.File("x.txt")}\"", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_32_bit_program_is_refused_by_the_kernel_or_said_to_pass_by_every_fault()
    {
        ThirtyTwoBitProgram.Write(_space.File("old"));

        var run = _space.Run("run", "--fault", "exit=EIO:100%", "./old");

        Assert.Contains("built for another architecture than ", run.Exited(run.Error.Contains("exec format error", StringComparison.Ordinal) ? 127 : 0).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_32_bit_child_of_a_program_is_named_although_the_fault_fires_elsewhere()
    {
        ThirtyTwoBitProgram.Write(_space.File("old"));

        var run = _space.Run("run", "--fault", "write=EIO:100%", "sh", "-c", "./old; echo x").Exited(1);

        Assert.Equal(
            ThirtyTwoBitProgram.IsExecutedBy(_space),
            run.Error.Contains($"\"msg\":\"32-bit system calls pass by every fault\",\"component\":\"fault\"", StringComparison.Ordinal)
            && run.Error.Contains($"\"process\":\"old ({_space.File("old")})\"", StringComparison.Ordinal));
    }
}
