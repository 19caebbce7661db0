using Faultbox.Cli.Output;
using Faultbox.Core.Diagnostics;
using Faultbox.Core.Verdicts;
using Faultbox.Reporting;
using Faultbox.Reporting.Bundle;
using Faultbox.Reporting.Host;
using Faultbox.Reporting.Journal;
using Faultbox.Reporting.Json;
using Faultbox.Reporting.Redaction;
using Faultbox.Runtime;
using Faultbox.Spec.Loading;

namespace Faultbox.Cli.Testing;

/// <summary>One <c>test</c> command from its checked arguments to its exit code.</summary>
internal sealed class TestRun
{
    private readonly TestArguments _arguments;
    private readonly TerminalStyle _style = TerminalStyle.ForStandardError();
    private readonly Redactor _redactor;
    private readonly LogWriter _log;

    private TestRun(TestArguments arguments)
    {
        _arguments = arguments;
        RedactionModes.TryParse(Environment.GetEnvironmentVariable("FAULTBOX_REDACT"), out var mode);
        _redactor = Redactor.ForRun(mode);
        var json = (arguments.LogFormat ?? (TerminalStyle.IsTerminal ? "console" : "json")) == "json";
        _log = new LogWriter(Console.Error, json, arguments.Debug ? LogLevel.Debug : LogLevel.Info, TimeProvider.System);
    }

    /// <summary>Runs the command.</summary>
    /// <exception cref="CommandLine.UsageException">The command line asks for something impossible.</exception>
    public static int Execute(TestArguments arguments) => new TestRun(arguments).Execute();

    private int Execute()
    {
        var specDirectory = Path.GetDirectoryName(Path.GetFullPath(_arguments.Spec))!;
        var seed = SeedStore.Resolve(specDirectory, _arguments.Seed, remember: !_arguments.DryRun);
        if (!_arguments.DryRun)
        {
            Console.Error.WriteLine(seed.ToString());
            RecoverJournals(specDirectory);
        }

        var loaded = SpecLoader.Load(new SpecLoadOptions(_arguments.Spec) { Print = Console.Error.WriteLine });
        if (!loaded.Succeeded)
        {
            return ReportLoadError(loaded.Error);
        }

        var names = Select(loaded.Model);
        if (names is null)
        {
            return ExitCode.Error;
        }

        return _arguments.DryRun ? DryRun.Write(Console.Out, loaded.Model, names) : Run(loaded.Model, names, seed.Seed);
    }

    /// <summary>A run that was killed left a journal; it becomes a bundle before this run begins.</summary>
    private void RecoverJournals(string specDirectory)
    {
        foreach (var journal in OrphanJournal.Find(specDirectory))
        {
            using (journal)
            {
                using var target = BundleTarget.Default(BundleDirectory, journal.Header.StartedAt, journal.Header.Seed);
                journal.Recover(target, HostProbe.Gather([]), DateTime.UtcNow);
                Console.Error.WriteLine($"A run that was killed left its journal; recovered to {target.Path}");
            }
        }
    }

    private static string? BundleDirectory => Environment.GetEnvironmentVariable("FAULTBOX_BUNDLE_DIR");

    private int ReportLoadError(SpecLoadError error)
    {
        Console.Error.WriteLine($"error: {(error.Code is null ? "" : $"[{error.Code}] ")}{error.Message}");
        if (error.Traceback is { } traceback)
        {
            Console.Error.WriteLine(traceback);
        }

        if (error.Suggestion is { } suggestion)
        {
            Console.Error.WriteLine($"  {suggestion}");
        }

        if (_arguments.Json)
        {
            using var output = Console.OpenStandardOutput();
            RunDocument.WriteLoadError(output, _arguments.Spec, [new Diagnostic(error.Code ?? "SPEC_LOAD_FAILED", error.Message)], _redactor);
        }

        return ExitCode.Error;
    }

    private IReadOnlyList<string>? Select(SpecModel spec)
    {
        try
        {
            return TestSelection.Select(_arguments.Pattern, [.. spec.Tests.Select(t => t.Name)], spec.Matrices.SelectMany(m => m.Scenarios));
        }
        catch (Runtime.UsageException e)
        {
            var nothing = e.Message.StartsWith("no test matched", StringComparison.Ordinal);
            Console.Error.WriteLine($"{(nothing ? "ERROR" : "error")}: {e.Message}");
            return null;
        }
    }

    private int Run(SpecModel spec, IReadOnlyList<string> names, ulong seed)
    {
        var options = new RunOptions
        {
            Seed = seed,
            Runs = _arguments.Runs,
            Leaves = _arguments.Leaves,
            Gates = _arguments.Gates,
            StrictDeterminism = _arguments.StrictDeterminism,
            LogsCalls = _arguments.Debug,
            Tests = names,
            BundleDirectory = _arguments.NoBundle ? null : Path.GetDirectoryName(Path.GetFullPath(_arguments.BundleFile ?? Path.Combine(BundleDirectory ?? ".", "x"))),
        };
        if (_arguments.Preemptions is { } preemptions)
        {
            options = options with { Preemptions = preemptions };
        }

        if (_arguments.Quiesce is { } quiesce)
        {
            options = options with { Quiesce = quiesce };
        }

        if (_arguments.MostLeaves is { } most)
        {
            options = options with { MostLeaves = most };
        }

        using var live = new LiveLine(Console.Error, _style, TerminalStyle.IsTerminal);
        RunJournal? journal = null;
        var console = new RunConsole(_arguments, _log, live, _style, t => ReplayCommand.For(_arguments.Spec, t), t => journal?.Finished(t));
        try
        {
            using var runner = new SuiteRunner(spec, options, console);
            using var opened = journal = OpenJournal(spec, names, seed, runner.RunId);
            using var signals = new InterruptSignals(
                name => _log.Write(LogLevel.Warn, "run", $"{name}: stopping; once more to end at once"), runner.Abort);
            var suite = runner.Run(signals.Cancellation, () => signals.Received);
            live.Dispose();
            var code = Finish(suite);
            journal?.Complete();
            return code;
        }
        catch (Runtime.UsageException e)
        {
            throw new CommandLine.UsageException(e.Message);
        }
    }

    /// <summary>Keeps finished rows on the disk until the bundle is written, in case this process is killed.</summary>
    private RunJournal? OpenJournal(SpecModel spec, IReadOnlyList<string> names, ulong seed, string runId)
    {
        if (_arguments.NoBundle)
        {
            return null;
        }

        var header = new JournalHeader
        {
            RunId = runId,
            ProducerVersion = Product.Version,
            SpecRoot = spec.SpecRoot,
            BaseDirectory = spec.BaseDirectory,
            Seed = seed,
            StartedAt = DateTime.UtcNow,
            Tests = names,
            Filter = _arguments.Pattern,
            Command = CommandWords,
            WorkingDirectory = Environment.CurrentDirectory,
            Prints = spec.Prints,
            Files = spec.Files,
            Redaction = _redactor.Mode,
        };
        try
        {
            return RunJournal.Open(header, _redactor, Path.GetTempPath());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _log.Write(LogLevel.Warn, "run", $"no journal of this run can be kept: {e.Message}");
            return null;
        }
    }

    private static string[] CommandWords => [Product.Name, .. Environment.GetCommandLineArgs().Skip(1)];

    private int Finish(SuiteResult suite)
    {
        var bundle = WriteBundle(ref suite);
        new MatrixTextReport(Console.Error, _style, t => ReplayCommand.For(_arguments.Spec, t)).Write(suite);
        new SuiteTextReport(Console.Error, _style).Write(suite, bundle);
        var record = RunRecord.Of(suite);
        if (_arguments.Json)
        {
            using var output = Console.OpenStandardOutput();
            RunDocument.Write(output, record, _redactor, bundle);
        }

        return _arguments.OutputFile is { } file && !WriteOutput(file, record, bundle) ? ExitCode.Error : suite.ExitCode;
    }

    private bool WriteOutput(string file, RunRecord record, string? bundle)
    {
        try
        {
            using var output = File.Create(file);
            RunDocument.Write(output, record, _redactor, bundle);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"error: --output {file}: {e.Message}");
            return false;
        }
    }

    private string? WriteBundle(ref SuiteResult suite)
    {
        if (_arguments.NoBundle)
        {
            return null;
        }

        try
        {
            var target = _arguments.BundleFile is { } file ? BundleTarget.At(file) : BundleTarget.Default(BundleDirectory, suite.StartedAt, suite.Seed);
            BundleWriter.Write(target, new BundleContent
            {
                Run = RunRecord.Of(suite),
                Producer = new Producer(Product.Version),
                Redactor = _redactor,
                Environment = HostProbe.Gather(suite.Binaries) with
                {
                    Images = suite.Images,
                    Remotes = [.. suite.Remotes.Select(r => new RemoteEndpoint(r.Service, r.Interface, r.Host, r.Protocol, r.UsedAt))],
                },
                CreatedAt = DateTime.UtcNow,
                Command = CommandWords,
                WorkingDirectory = Environment.CurrentDirectory,
                Filter = _arguments.Pattern,
                Repeats = _arguments.Runs > 1 ? _arguments.Runs : null,
            });
            return target.Path;
        }
        catch (BundleException e)
        {
            suite = suite with { Diagnostics = [.. suite.Diagnostics, new Diagnostic("BUNDLE_WRITE_FAILED", e.Message)] };
            return null;
        }
    }
}
