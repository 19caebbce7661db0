using System.Text;
using Faultbox.Cli.Output;
using Faultbox.Core.Diagnostics;
using Faultbox.Core.Events;
using Faultbox.Core.Verdicts;
using Faultbox.Runtime;

namespace Faultbox.Cli.Testing;

/// <summary>Shows a run while it happens: service output, log lines, a live line on a terminal, and each test as it gets its verdict.</summary>
internal sealed class RunConsole : IRunObserver
{
    private static readonly TimeSpan FirstWaitLine = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan NextWaitLine = TimeSpan.FromSeconds(10);

    private readonly TestArguments _arguments;
    private readonly TextWriter _error;
    private readonly TextWriter _serviceOutput;
    private readonly LogWriter _log;
    private readonly LiveLine _live;
    private readonly TestTextReport _report;
    private readonly Func<TestResult, string?> _replay;
    private readonly Action<TestResult> _finished;
    private readonly Dictionary<string, TimeSpan> _waitShown = [];
    private readonly Lock _lock = new();

    /// <param name="arguments">What the user asked for.</param>
    /// <param name="log">Structured lines.</param>
    /// <param name="live">The line at the bottom of a terminal.</param>
    /// <param name="style">Colors.</param>
    /// <param name="replay">Command line that repeats a row.</param>
    /// <param name="finished">Told every row first.</param>
    public RunConsole(TestArguments arguments, LogWriter log, LiveLine live, TerminalStyle style, Func<TestResult, string?> replay, Action<TestResult> finished)
    {
        (_arguments, _log, _live, _replay, _finished) = (arguments, log, live, replay, finished);
        _error = Console.Error;
        _serviceOutput = arguments.Json ? Console.Error : Console.Out;
        _report = new TestTextReport(_error, style, arguments.Debug);
    }

    public void TestStarting(string name, int? run)
    {
        lock (_lock)
        {
            _waitShown.Clear();
            _live.Show(run is null ? name : $"{name} [run {run}]");
        }
    }

    public void TestFinished(TestResult result)
    {
        lock (_lock)
        {
            _finished(result);
            _live.Count(result.Result);
            if (result.Scenario?.Cell is not null && !_arguments.Debug)
            {
                return;
            }

            if (_arguments.ShowFailuresOnly && result.Result is Result.Pass or Result.Halted)
            {
                return;
            }

            using (_live.Pause())
            {
                _report.Write(result, _replay(result));
            }
        }
    }

    public void Waiting(string service, string check, TimeSpan elapsed, TimeSpan limit, string? lastCause)
    {
        var last = lastCause is null ? "" : $", last: {ForeignText.Printable(lastCause)}";
        var text = $"waiting for {service}: {check} {elapsed.TotalSeconds:0}s/{limit.TotalSeconds:0}s{last}";
        lock (_lock)
        {
            _live.Detail(text);
            if (_live.Active || elapsed < _waitShown.GetValueOrDefault(service, FirstWaitLine))
            {
                return;
            }

            _waitShown[service] = elapsed + NextWaitLine;
            _log.Write(LogLevel.Info, "start", text);
        }
    }

    public void ServiceOutput(string service, bool standardError, ReadOnlySpan<byte> line)
    {
        var text = Encoding.UTF8.GetString(line);
        lock (_lock)
        {
            using (_live.Pause())
            {
                _serviceOutput.WriteLine(_live.Active ? $"{service} | {text}" : text);
            }
        }
    }

    public void Printed(string test, string line)
    {
        lock (_lock)
        {
            using (_live.Pause())
            {
                _error.WriteLine(line);
            }
        }
    }

    public void Log(RunLogLevel level, string component, string message, IReadOnlyList<EventField> fields)
    {
        lock (_lock)
        {
            using (_live.Pause())
            {
                _log.Write((LogLevel)level, component, message, [.. fields.Select(f => new KeyValuePair<string, string>(f.Name, f.Value))]);
            }
        }
    }

    public void Diagnostic(Diagnostic diagnostic)
    {
        var level = diagnostic.Level switch
        {
            DiagnosticLevel.Error => LogLevel.Error,
            DiagnosticLevel.Warning => LogLevel.Warn,
            _ => LogLevel.Debug,
        };
        lock (_lock)
        {
            using (_live.Pause())
            {
                _log.Write(level, "diagnostic", $"[{diagnostic.Code}] {diagnostic.Message}");
            }
        }
    }

    public void FilterLearned(string service, IReadOnlyCollection<string> syscalls) =>
        Log(RunLogLevel.Info, "filter", $"{service} was relaunched with more intercepted calls", [new("calls", string.Join(',', syscalls))]);
}
