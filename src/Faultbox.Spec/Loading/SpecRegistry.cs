using Faultbox.Core.Determinism;
using Faultbox.Core.Diagnostics;
using Faultbox.Core.Topology;
using Faultbox.Core.Verdicts;
using Faultbox.Runtime;
using Faultbox.Runtime.Properties;
using Faultbox.Spec.Execution;
using Faultbox.Spec.Files;
using Faultbox.Spec.Testing;
using Faultbox.Spec.Values;
using Starlark;

namespace Faultbox.Spec.Loading;

/// <summary>Everything that the modules of one specification declare. Written by the loading thread, read by everyone afterwards.</summary>
internal sealed class SpecRegistry(SpecFileSystem files)
{
    private readonly List<ServiceValue> _services = [];
    private readonly List<FaultAssumptionValue> _assumptions = [];
    private readonly List<DeclaredTest> _tests = [];
    private readonly List<MatrixDefinition> _matrices = [];
    private readonly List<MonitorDefinition> _monitors = [];
    private readonly List<Value> _reachable = [];
    private Core.SourcePosition? _determinismSetAt;

    /// <summary>Files of the specification.</summary>
    public SpecFileSystem Files => files;

    /// <summary>Services, in declaration order.</summary>
    public IReadOnlyList<ServiceValue> Services => _services;

    /// <summary>Fault assumptions, in declaration order.</summary>
    public IReadOnlyList<FaultAssumptionValue> Assumptions => _assumptions;

    /// <summary>Tests declared by builtins, in declaration order.</summary>
    public IReadOnlyList<DeclaredTest> Tests => _tests;

    /// <summary>Matrices, in declaration order.</summary>
    public IReadOnlyList<MatrixDefinition> Matrices => _matrices;

    /// <summary>Monitors of the whole specification, in declaration order.</summary>
    public IReadOnlyList<MonitorDefinition> Monitors => _monitors;

    /// <summary>The test that runs, or ran last; null while the specification loads.</summary>
    public TestSession? Running { get; set; }

    /// <summary>Source text of assertions; null while the specification loads.</summary>
    public AssertedExpressions? Asserted { get; set; }

    /// <summary>Findings made while loading.</summary>
    public List<Diagnostic> Diagnostics { get; } = [];

    /// <summary>Every declared interface.</summary>
    public IEnumerable<InterfaceAddress> Interfaces =>
        _services.SelectMany(s => s.Definition.Interfaces.Select(i => new InterfaceAddress(s.Name, i.Name)));

    /// <summary>Puts declared addresses in the place of placeholders.</summary>
    public string ResolvePlaceholders(string text) => Placeholders.Resolve(
        text, Interfaces, t => $"localhost:{_services.First(s => s.Name == t.Service).Definition.FindInterface(t.Interface)!.Port}");

    /// <summary>The interface whose proxy a text is the address of, known yet or not; null for any other text.</summary>
    public InterfaceAddress? FindByProxyAddress(string text) =>
        Placeholders.AddressedBy(text, Interfaces)
        ?? (Running is { } running ? Interfaces.Cast<InterfaceAddress?>().FirstOrDefault(i => running.AddressOf(i!.Value) == text) : null);

    /// <summary>Adds a service; a later one of the same name replaces the earlier one.</summary>
    public void Add(ServiceValue service)
    {
        var earlier = _services.FindIndex(s => s.Name == service.Name);
        if (earlier >= 0)
        {
            Diagnostics.Add(new Diagnostic(
                "SERVICE_REDECLARED",
                $"service \"{service.Name}\" is declared at {_services[earlier].Definition.Position} and again at {service.Definition.Position}; the later one is used")
            {
                Service = service.Name,
                Position = service.Definition.Position,
            });
            _services.RemoveAt(earlier);
        }

        _services.Add(service);
    }

    /// <summary>Adds a fault assumption.</summary>
    public void Add(FaultAssumptionValue assumption)
    {
        if (_assumptions.Find(a => a.Name == assumption.Name) is { } earlier)
        {
            Diagnostics.Add(new Diagnostic(
                "DUPLICATE_ASSUMPTION",
                $"fault_assumption \"{assumption.Name}\" is declared at {earlier.Position} and again at {assumption.Position}")
            {
                Position = assumption.Position,
            });
        }

        _assumptions.Add(assumption);
    }

    /// <summary>Makes everything immutable that is only reachable through what was declared, such as a seed that is no global.</summary>
    public void Freeze()
    {
        foreach (var value in _reachable)
        {
            FreezeVisitor.Freeze(value);
        }
    }

    /// <summary>Keeps a value that the engine will use after loading, such as a callable.</summary>
    public void Keep(Value value) => _reachable.Add(value);

    /// <summary>Services whose calls are never gated.</summary>
    public HashSet<string> Ungated { get; } = new(StringComparer.Ordinal);

    /// <summary>What the specification asks for and tolerates.</summary>
    public DeterminismPolicy Determinism { get; private set; } = DeterminismPolicy.Default;

    /// <summary>Sets it, once.</summary>
    /// <exception cref="SpecException">It was set before.</exception>
    public void SetDeterminism(DeterminismPolicy policy, Core.SourcePosition at)
    {
        if (_determinismSetAt is { } earlier)
        {
            throw new SpecException($"determinism() may be called once; it was called at {earlier} before");
        }

        (Determinism, _determinismSetAt) = (policy, at);
    }

    /// <summary>Adds a monitor of the whole specification.</summary>
    public void Add(MonitorDefinition monitor) => _monitors.Add(monitor);

    /// <summary>Takes a monitor from the whole specification: it watches only what lists it.</summary>
    public void Narrow(MonitorDefinition monitor) => _monitors.Remove(monitor);

    /// <summary>Adds a test.</summary>
    public void Add(DeclaredTest test)
    {
        _tests.Add(test);
        Keep(Value.Of(test.Body));
        foreach (var callable in new[] { test.Setup, test.Plan?.Expect, test.Plan?.After }.OfType<StarlarkCallable>())
        {
            Keep(Value.Of(callable));
        }
    }

    /// <summary>Adds a matrix; its cells are tests of their own.</summary>
    public void Add(MatrixDefinition matrix) => _matrices.Add(matrix);

    /// <summary>Adds a scenario under faults; one whose name is taken by an earlier one is numbered.</summary>
    public void AddNumbered(DeclaredTest test)
    {
        if (Scenario(test.Name) is not { } earlier)
        {
            Add(test);
            return;
        }

        var numbered = UniqueNames.Number(test.Name, name => Scenario(name) is not null);
        Diagnostics.Add(new Diagnostic(
            "DUPLICATE_TEST_NAME", $"{test.Name} is declared at {earlier.Position} and at {test.Position}; the second one runs as {numbered}")
        {
            Suggestion = "Rename one of the two.",
            Position = test.Position,
        });
        Add(test with { Name = numbered });

        DeclaredTest? Scenario(string name) => _tests.Find(t => t.Source == TestSource.FaultScenario && t.Name == name);
    }
}

/// <summary>Which builtin declared a test; earlier sources win over later ones of the same name.</summary>
internal enum TestSource
{
    /// <summary>A global function of the root module.</summary>
    Function,

    /// <summary><c>scenario()</c>.</summary>
    Scenario,

    /// <summary><c>fault_scenario()</c> or a cell of <c>fault_matrix()</c>.</summary>
    FaultScenario,

    /// <summary><c>test()</c>.</summary>
    Test,
}

/// <summary>A test as it was declared.</summary>
/// <param name="Name">Name, beginning with <c>test_</c>.</param>
/// <param name="Source">What declared it.</param>
/// <param name="Position">Where.</param>
/// <param name="Body">The body.</param>
internal sealed record DeclaredTest(string Name, TestSource Source, Core.SourcePosition Position, StarlarkCallable Body)
{
    /// <summary>Runs before the body, or null.</summary>
    public StarlarkCallable? Setup { get; init; }

    /// <summary>Budget of setup and body, or null for the shared one.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>How the body is run under faults and judged; null for an ordinary test.</summary>
    public ScenarioPlan? Plan { get; init; }
}
