using System.Globalization;
using System.Text;
using Faultbox.Core.Topology;
using Faultbox.Runtime;
using Faultbox.Spec.Execution;
using Faultbox.Spec.Facts;
using Faultbox.Spec.Files;
using Faultbox.Spec.Properties;
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
        var index = new TreeIndex(graph.Modules);
        var reader = new ExpressionReader(graph.Modules, index);
        CheckSandbox(new SandboxCheck(index, reader));
        CheckRules(ConstantRules.Mistakes(index, reader, _registry));
        var tests = TestDiscovery.Find(root, rootName, _registry);
        _registry.Diagnostics.AddRange(ShadowedNames.Find(graph.Modules));
        _registry.Asserted = new AssertedExpressions(index.Calls, graph.Lines);
        var facts = SpecFacts.Of(index, reader, _registry);
        _registry.Diagnostics.AddRange(facts.Findings);
        return new SpecModel
        {
            SpecRoot = _options.Path,
            BaseDirectory = _registry.Files.BaseDirectory,
            Services = services,
            Tests = [.. tests.Select(t => TestBody.Create(_registry, t))],
            Matrices = _registry.Matrices,
            Monitors = _registry.Monitors,
            Determinism = _registry.Determinism,
            Ungated = _registry.Ungated,
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
            return _registry.Files.ReadRoot(_options.Path);
        }
        catch (SpecException e)
        {
            throw new SpecLoadException(new SpecLoadError
            {
                Code = null,
                Message = $"read {_options.Path}: {e.Message}",
                Findings = [new SpecLoadFinding(null, e.Message)],
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

    private SpecLoadError FromSyntax(SyntaxErrorException error) =>
        FromFindings("SPEC_SYNTAX", error.Errors.Select(e => new SpecLoadFinding(e.Position.ToCore(), e.Message)));

    private SpecLoadError FromFindings(string code, IEnumerable<SpecLoadFinding> all)
    {
        var findings = all.ToList();
        return new SpecLoadError
        {
            Code = code,
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

        throw new SpecLoadException(FromFindings(LoadFailed, findings.Select(f => new SpecLoadFinding(f.Position, f.Message))));
    }

    private void CheckSandbox(SandboxCheck check)
    {
        if (check.Violations.Count > 0)
        {
            throw new SpecLoadException(FromFindings(SandboxGuard.Code, check.Violations.Select(v => new SpecLoadFinding(v.Position, v.Message))));
        }

        _registry.Diagnostics.AddRange(check.Findings);
    }

    private void CheckRules(IReadOnlyList<SpecLoadFinding> mistakes)
    {
        if (mistakes.Count > 0)
        {
            throw new SpecLoadException(FromFindings(LoadFailed, mistakes));
        }
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
