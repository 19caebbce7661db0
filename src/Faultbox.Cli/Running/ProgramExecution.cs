using System.Collections;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Faultbox.Cli.Output;
using Faultbox.Core.Faults;
using Faultbox.Linux.Processes;
using Faultbox.Linux.Shim;
using Faultbox.Runtime.Programs;
using Microsoft.Win32.SafeHandles;

namespace Faultbox.Cli.Running;

/// <summary>What <c>run</c> was asked for.</summary>
internal sealed record RunArguments(string Program, IReadOnlyList<string> Arguments)
{
    public IReadOnlyList<FaultRule> Faults { get; init; } = [];

    public IReadOnlyList<string> Environment { get; init; } = [];

    public ulong Seed { get; init; }

    public bool SharesNetwork { get; init; }

    public string? LogFormat { get; init; }

    public bool Debug { get; init; }
}

/// <summary>One program from its launch to its exit code.</summary>
internal sealed class ProgramExecution(RunArguments arguments)
{
    private const int CannotExecute = 127;
    private const int SignalBase = 128;

    private const int StandardError = 2;

    // The console's own streams would take charge of the terminal, which is the program's.
    private static readonly TextWriter Diagnostics = TextWriter.Synchronized(
        new StreamWriter(new FileStream(new SafeFileHandle(StandardError, ownsHandle: false), FileAccess.Write, bufferSize: 0)) { AutoFlush = true });

    private readonly string _session = Guid.NewGuid().ToString("N")[..12];
    private readonly LogWriter _log = new(
        Diagnostics,
        (arguments.LogFormat ?? (TerminalStyle.IsTerminal ? "console" : "json")) == "json",
        arguments.Debug ? LogLevel.Debug : LogLevel.Info,
        TimeProvider.System);

    /// <summary>Runs the program and returns its exit code.</summary>
    public int Run()
    {
        using var run = new ProgramRun(
            new ProgramRequest
            {
                Program = arguments.Program,
                Arguments = arguments.Arguments,
                Environment = Environment(),
                Faults = arguments.Faults,
                Seed = arguments.Seed,
                PrivateNetwork = !arguments.SharesNetwork,
            },
            LogCall,
            arguments.Debug);
        using var signals = new ProgramSignals(run);
        var started = Stopwatch.GetTimestamp();
        LogState(LogLevel.Info, "starting", new("program", arguments.Program), new("seed", Text(arguments.Seed)));
        Task<ExitStatus> exited;
        try
        {
            exited = run.Start();
        }
        catch (LaunchException e)
        {
            LogState(LogLevel.Error, "failed", new("program", arguments.Program), new("error", e.Message));
            Diagnostics.WriteLine($"error: {e.Message}{Remedy(e)}");
            return e.Step == LaunchStep.Execute ? CannotExecute : ExitCode.Error;
        }

        LogState(LogLevel.Info, "running", new("pid", Text(run.ProcessId)), new("isolation", run.Isolation!));
        var status = exited.GetAwaiter().GetResult();
        ReportFaults(run);
        if (run.Failure is { } failure)
        {
            LogState(LogLevel.Error, "failed", new KeyValuePair<string, string>("error", $"the supervisor of {run.Name} ended while the program ran: {failure}"));
            return ExitCode.Error;
        }

        var code = signals.Forced > 0 ? SignalBase + signals.Forced : status.Code;
        LogState(
            LogLevel.Info,
            "stopped",
            new("exit_code", Text(code)),
            new("duration", Text((long)Stopwatch.GetElapsedTime(started).TotalNanoseconds)),
            new("intercepted", Text(run.InterceptedCalls)));
        return code;
    }

    /// <summary>What to do about a program that does not execute; empty when the error says it all.</summary>
    private static string Remedy(LaunchException error) => (error.Step, error.Errno?.Name) switch
    {
        (LaunchStep.Execute, _) when Directory.Exists(error.Program) => " (it is a directory: name a program in it)",
        (LaunchStep.Execute, "ENOENT") when File.Exists(error.Program) =>
            " (it exists, but the interpreter or loader that it names does not: see its first line, or run ldd on it)",
        (LaunchStep.Execute, "ENOENT") => " (check the path; a name without / is looked for in PATH)",
        (LaunchStep.Execute, "EACCES") => " (make it executable: chmod +x)",
        (LaunchStep.Execute, "ENOEXEC") =>
            $" (it is built for another architecture than {MachineName}, damaged, or a script without #!)",
        _ => "",
    };

    private static string MachineName => RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();

    private List<string> Environment()
    {
        var variables = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in System.Environment.GetEnvironmentVariables())
        {
            var name = (string)entry.Key;
            if (!name.StartsWith("_FAULTBOX_", StringComparison.Ordinal))
            {
                variables[name] = (string?)entry.Value ?? "";
            }
        }

        foreach (var pair in arguments.Environment)
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            variables[pair[..equals]] = pair[(equals + 1)..];
        }

        return [.. variables.Select(v => $"{v.Key}={v.Value}")];
    }

    private void LogCall(ProgramCall call)
    {
        List<KeyValuePair<string, string>> fields =
        [
            new("session_id", _session), new("name", call.Name), new("pid", Text(call.ThreadId)), new("decision", call.Decision),
        ];
        if (call.Path is { } path)
        {
            fields.Add(new("path", path));
        }

        _log.Write(call.IsFaulted ? LogLevel.Info : LogLevel.Debug, "syscall", "syscall intercepted", [.. fields]);
    }

    /// <summary>One line per fault; a warning with the reason for a fault that matched nothing.</summary>
    private void ReportFaults(ProgramRun run)
    {
        var faults = run.Finish();
        foreach (var process in run.PassersBy)
        {
            _log.Write(
                LogLevel.Warn, "fault", "32-bit system calls pass by every fault", [new("session_id", _session), new("process", process)]);
        }

        foreach (var fault in faults)
        {
            List<KeyValuePair<string, string>> fields =
            [
                new("session_id", _session), new("name", fault.Keyword), new("action", $"{fault.Action}({fault.Detail})"),
                new("hits", Text(fault.Hits)), new("matches", Text(fault.Matches)),
            ];
            if (fault.Hint is { } hint)
            {
                fields.Add(new("hint", run.InterceptedCalls > 0 ? hint : NothingIntercepted(run)));
            }

            var idle = fault.Matches == 0;
            _log.Write(idle ? LogLevel.Warn : LogLevel.Info, "fault", idle ? "fault matched no call" : "fault summary", [.. fields]);
        }
    }

    private static string NothingIntercepted(ProgramRun run) => run.IsForeign
        ? $"the program is built for another architecture than {MachineName}, and its calls pass by every fault: use a build for {MachineName}"
        : "the program made none of the calls that the faults name";

    private void LogState(LogLevel level, string state, params ReadOnlySpan<KeyValuePair<string, string>> fields) =>
        _log.Write(level, "run", $"program {state}", [new("session_id", _session), new("state", state), .. fields]);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(ulong number) => number.ToString(CultureInfo.InvariantCulture);
}
