namespace Faultbox.Cli.Tests.Running;

/// <summary><c>faultbox run</c> as a job of an interactive shell: the terminal is the program's.</summary>
public sealed class TerminalTests : IDisposable
{
    private static readonly string Run = $"'{Workspace.Program}' run --log-format json ";
    private static readonly string Signals = $"python3 '{Path.Combine(AppContext.BaseDirectory, "Programs", "signals.py")}'";
    private readonly Workspace _space = new();

    public void Dispose() => _space.Dispose();

    [Fact]
    public void A_program_asks_for_a_password_on_its_terminal_although_its_input_is_none()
    {
        _space.Write("ask.py", "import getpass\nprint('told', getpass.getpass('pass' + 'word? '))\n");

        var shown = Talk("$ ", $@"{Run}python3 ask.py < /dev/null\r", "password? ", @"hush\r", "told hush", "");

        Assert.DoesNotContain("\e", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void The_suspend_key_stops_the_program_with_its_job_and_the_foreground_continues_both()
    {
        // The program is the child of the init, which is the child of the watcher.
        const string State = @"p=$job; for i in 1 2 3; do p=$(echo $(cat /proc/$p/task/*/children)); done; cut -d ' ' -f 2,3 /proc/$p/stat\r";

        Talk(
            "$ ", $@"{Run}{Signals}\r",
            "so far []", @"\x1a",
            "topped", @"jobs -p > job; read job < job; echo job $job\r",
            "job ", State,
            "(python3) T", @"fg\r",
            "so far [18]", @"\x03",
            "so far [18, 2]", @"\x1c",
            "$ ", @"echo code $?\r",
            "code 131", "");
    }

    [Fact]
    public void A_signal_that_is_sent_to_the_job_alone_is_passed_on_and_a_key_comes_once()
    {
        Talk(
            "$ ", $@"{Run}{Signals} & job=$!; {Until("[]")}\r",
            "reached []", $@"kill -INT $job; {Until("[2]")}\r",
            "reached [2]", $@"kill -TERM $job; {Until("[2, 15]")}\r",
            "reached [2, 15]", @"fg\r",
            "so far [2, 15, 18]", @"\x03",
            "so far [2, 15, 18, 2]", @"\x1c",
            "$ ", @"echo code $?\r",
            "code 131", "");

        static string Until(string received) => $"until grep -qF '{received}' received; do sleep 0.1; done 2> /dev/null; echo reach''ed '{received}'";
    }

    [Fact]
    public void Nothing_is_left_of_a_stopped_job_whose_supervisor_is_killed()
    {
        File.Copy("/bin/sleep", _space.File("sleeper"));

        Talk(
            "$ ", $@"{Run}sh -c 'echo re""""ady; ./sleeper 1000'\r",
            "ready", @"\x1a",
            "topped", @"jobs -p > job; read job < job; kill -9 $job; echo ki''lled\r",
            "killed", "");

        Assert.True(SpinWait.SpinUntil(() => _space.Processes().Count == 0, TimeSpan.FromSeconds(60)), string.Join(' ', _space.Processes()));
    }

    /// <summary>What the terminal shows during a talk in which every text came.</summary>
    private string Talk(params string[] dialogue) =>
        _space.RunProgram("python3", [Path.Combine(AppContext.BaseDirectory, "Programs", "dialogue.py"), .. dialogue]).Exited(0).Output;
}
