namespace Starlark.Testing;

/// <summary>
/// Runs self-checking scripts. Each chunk of a script is a module of its own; it checks itself with the functions of <c>assert.star</c>
/// and says in comments which errors it ends with.
/// </summary>
public sealed class ScriptTester
{
    private static readonly TimeSpan DefaultPatience = TimeSpan.FromMinutes(1);

    /// <summary>The dialect of scripts that ask for none.</summary>
    public DialectOptions Options { get; init; } = DialectOptions.Strict;

    /// <summary>An announced error may have any message, that of <c>assert.fails</c> too.</summary>
    public bool AnyError { get; init; }

    /// <summary>Longest time one chunk may take.</summary>
    public TimeSpan Patience { get; init; } = DefaultPatience;

    /// <summary>Receives what scripts print.</summary>
    public Action<string>? Print { get; init; }

    /// <summary>Clock of the module <c>time</c>.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Further modules that scripts may load, by module string.</summary>
    public ModuleLoader? Loader { get; init; }

    /// <summary>Runs all chunks of a script.</summary>
    public ScriptReport Run(string name, ReadOnlySpan<byte> script)
    {
        var recorder = new CheckRecorder();
        foreach (var chunk in ScriptChunk.Split(name, script, Options))
        {
            Run(chunk, recorder);
        }

        return new ScriptReport(recorder.Passed, recorder.Failures);
    }

    /// <summary>Runs one chunk of a script.</summary>
    public ScriptReport RunChunk(ScriptChunk chunk)
    {
        var recorder = new CheckRecorder();
        Run(chunk, recorder);
        return new ScriptReport(recorder.Passed, recorder.Failures);
    }

    private void Run(ScriptChunk chunk, CheckRecorder recorder)
    {
        if (chunk.IsEmpty && chunk.Expectations.Count == 0)
        {
            return;
        }

        var before = recorder.Total;
        var open = chunk.Expectations.ToList();
        var checks = new Checks(recorder, AnyError);
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            var module = CompiledModule.Compile(chunk.Source, chunk.Options, Names(checks));
            module.Execute(new StarlarkThread(chunk.Source.Name) { Print = Print ?? (_ => { }), CancellationToken = limit.Token }, Loading(checks));
        }
        catch (SyntaxErrorException e)
        {
            foreach (var error in e.Errors)
            {
                Meet(chunk, open, recorder, [error.Position.Line], error.Position, error.Message, error.Message);
            }
        }
        catch (EvalException e)
        {
            var frames = e.Frames.Reverse().Where(f => f.File == chunk.Source.Name).ToList();
            var position = frames.Count > 0 ? new SourcePosition(frames[0].File, frames[0].Line, frames[0].Column) : new(chunk.Source.Name, chunk.FirstLine, 1);
            Meet(chunk, open, recorder, frames.ConvertAll(f => f.Line), position, Checks.Named(e), e.Message);
        }
        catch (OperationCanceledException)
        {
            recorder.Fail(new(chunk.Source.Name, chunk.FirstLine, 1), $"the chunk takes longer than {Patience.TotalSeconds} s");
        }

        foreach (var expectation in open)
        {
            recorder.Fail(new(chunk.Source.Name, expectation.Line, 1), $"no error here, want one that matches \"{expectation.Pattern}\"");
        }

        if (recorder.Total == before)
        {
            recorder.Pass();
        }
    }

    /// <summary>An error happened: it must be announced, on the line that raised it or on that of an active call.</summary>
    private void Meet(ScriptChunk chunk, List<Expectation> open, CheckRecorder recorder, List<int> lines, SourcePosition position, string named, string message)
    {
        var here = lines.Select(l => open.Find(e => e.Line == l)).FirstOrDefault(e => e is not null)
            ?? lines.Select(l => open.Find(e => !e.IsExact && chunk.AreOneStatement(e.Line, l))).FirstOrDefault(e => e is not null)
            ?? open.Find(e => e.StandsAlone);
        if (here is null)
        {
            recorder.Fail(position, $"unexpected error: {named}");
            return;
        }

        open.Remove(here);
        if (AnyError || here.Matches(named) || here.Matches(message))
        {
            recorder.Pass();
        }
        else
        {
            recorder.Fail(position, $"error \"{named}\" does not match \"{here.Pattern}\"");
        }
    }

    private Predeclared Names(Checks checks)
    {
        var names = new Predeclared();
        foreach (var (name, value) in checks.Predeclared)
        {
            names.Add(name, value);
        }

        StandardModules.AddTo(names, Clock);
        return names;
    }

    private ModuleLoader Loading(Checks checks) => (thread, module, at) => module switch
    {
        "assert.star" => new Module(module, [.. checks.Loadable]),
        "json.star" => new Module(module, [("json", Value.Of(JsonModule.Value))]),
        "math.star" => new Module(module, [("math", Value.Of(MathModule.Value))]),
        "time.star" => new Module(module, [("time", Value.Of(TimeModule.Create(Clock)))]),
        _ => Loader?.Invoke(thread, module, at) ?? throw new EvalException($"cannot load {module}: no such module"),
    };
}
