using System.Globalization;
using System.Text;
using Faultbox.Core.Topology;
using Faultbox.Core.Verdicts;
using Faultbox.Runtime;
using Faultbox.Spec.Execution;
using Faultbox.Spec.Facts;
using Faultbox.Spec.Files;
using Faultbox.Spec.Registry;
using Faultbox.Spec.Testing;
using Faultbox.Spec.Values;
using Starlark;

namespace Faultbox.Spec.Loading;

/// <summary>Loads a specification: reads, parses, resolves and executes it, freezes what it made, and finds its services and tests.</summary>
public sealed class SpecLoader
{
    private const long DefaultSteps = 500_000_000;
    private const string StepsVariable = "FAULTBOX_MAX_LOAD_STEPS";
    private const string LoadFailed = "SPEC_LOAD_FAILED";

    private readonly SpecLoadOptions _options;
    private readonly string _rootPath;
    private readonly SpecRegistry _registry;
    private readonly StringBuilder _prints = new();

    private SpecLoader(SpecLoadOptions options)
    {
        _options = options;
        _rootPath = Path.GetFullPath(options.Path);
        var files = new SpecFileSystem(Path.GetDirectoryName(_rootPath) ?? "/", options.Environment);
        _registry = new SpecRegistry(files);
    }

    /// <summary>Loads a specification. Every mistake in it is a result, never an exception.</summary>
    /// <exception cref="OperationCanceledException">Loading was cancelled.</exception>
    public static SpecLoadResult Load(SpecLoadOptions options)
    {
        var loader = new SpecLoader(options);
        try
        {
            return new SpecLoadResult(loader.LoadModel(), null);
        }
        catch (SpecLoadException e)
        {
            return new SpecLoadResult(null, e.Error with
            {
                Diagnostics = loader._registry.Diagnostics,
                Files = loader._registry.Files.Captured,
                Prints = loader._prints.ToString(),
            });
        }
    }

    private SpecModel LoadModel()
    {
        var rootName = Path.GetFileName(_rootPath);
        var content = ReadRoot();
        var graph = new ModuleGraph(_registry, PredeclaredNames.Create());
        var root = Execute(graph, rootName, content);
        _registry.Freeze();
        var services = _registry.Services.Select(s => s.Definition).ToList();
        CheckTopology(services);
        var tests = TestDiscovery.Find(root, rootName, _registry);
        _registry.Diagnostics.AddRange(ShadowedNames.Find(graph.Modules));
        var index = new TreeIndex(graph.Modules);
        _registry.Asserted = new AssertedExpressions(index.Calls, graph.Lines);
        var facts = SpecFacts.Of(graph.Modules, index, _registry);
        _registry.Diagnostics.AddRange(facts.Findings);
        return new SpecModel
        {
            SpecRoot = _options.Path,
            BaseDirectory = _registry.Files.BaseDirectory,
            Services = services,
            Tests = [.. tests.Select(t => TestBody.Create(_registry, t))],
            FilteredSyscalls = facts.Filters,
            FaultedInterfaces = facts.FaultedInterfaces,
            Diagnostics = _registry.Diagnostics,
            Files = _registry.Files.Captured,
            Prints = _prints.ToString(),
        };
    }

    private byte[] ReadRoot()
    {
        try
        {
            var content = File.ReadAllBytes(_rootPath);
            _registry.Files.Captured.Add(new CapturedFile(_rootPath, _options.Path, content));
            return content;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var why = Directory.Exists(_rootPath) ? "is a directory" : FileErrors.Describe(e);
            throw new SpecLoadException(new SpecLoadError
            {
                Code = null,
                Message = $"read {_options.Path}: {why}",
                Findings = [new SpecLoadFinding(null, why)],
            });
        }
    }

    private Module Execute(ModuleGraph graph, string rootName, byte[] content)
    {
        var thread = new StarlarkThread("load")
        {
            HostState = new SpecScope { Kind = ScopeKind.Load, Registry = _registry, Cancellation = _options.Cancellation },
            CancellationToken = _options.Cancellation,
            MaxSteps = MaximumSteps(),
            Print = Print,
        };
        try
        {
            return graph.LoadRoot(thread, RealPath.Of(_rootPath), rootName, content);
        }
        catch (SyntaxErrorException e)
        {
            throw new SpecLoadException(FromSyntax(e));
        }
        catch (EvalException e) when (e.InnerException is SyntaxErrorException inner)
        {
            throw new SpecLoadException(FromSyntax(inner));
        }
        catch (EvalException e)
        {
            _options.Cancellation.ThrowIfCancellationRequested();
            throw new SpecLoadException(FromEvaluation(e));
        }
    }

    private SpecLoadError FromSyntax(SyntaxErrorException error)
    {
        var findings = error.Errors
            .Select(e => new SpecLoadFinding(e.Position.ToCore(), e.Message))
            .ToList();
        return new SpecLoadError
        {
            Code = "SPEC_SYNTAX",
            Message = $"load {_options.Path}: {string.Join('\n', findings.Select(f => $"{f.Position}: {f.Message}"))}",
            Findings = findings,
        };
    }

    private SpecLoadError FromEvaluation(EvalException error)
    {
        Core.SourcePosition? position = error.Frames.Count > 0 ? error.Frames.ToCore()[^1].Position : null;
        return new SpecLoadError
        {
            Code = error.Code as string ?? LoadFailed,
            Message = $"load {_options.Path}: {(position is null ? "" : $"{position}: ")}{error.Message}",
            Traceback = error.FormatTraceback(),
            Findings = [new SpecLoadFinding(position, error.Message)],
        };
    }

    private void CheckTopology(IReadOnlyList<ServiceDefinition> services)
    {
        var findings = StartOrder.Of(services).Findings;
        if (findings.Count == 0)
        {
            _registry.Diagnostics.AddRange(AddressFindings.Of(services));
            return;
        }

        throw new SpecLoadException(new SpecLoadError
        {
            Code = LoadFailed,
            Message = $"load {_options.Path}: {string.Join('\n', findings.Select(f => $"{f.Position}: {f.Message}"))}",
            Findings = [.. findings.Select(f => new SpecLoadFinding(f.Position, f.Message))],
        });
    }

    private long MaximumSteps() =>
        long.TryParse(_options.Environment(StepsVariable), NumberStyles.None, CultureInfo.InvariantCulture, out var steps) && steps > 0
            ? steps
            : DefaultSteps;

    private void Print(string line)
    {
        _prints.Append(line).Append('\n');
        _options.Print?.Invoke(line);
    }

    /// <summary>Carries a load error out of the phase that found it.</summary>
    private sealed class SpecLoadException(SpecLoadError error) : Exception(error.Message)
    {
        public SpecLoadError Error => error;
    }
}
