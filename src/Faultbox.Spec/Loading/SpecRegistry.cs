using Faultbox.Core.Determinism;
using Faultbox.Core.Diagnostics;
using Faultbox.Core.Topology;
using Faultbox.Runtime;
using Faultbox.Runtime.Properties;
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
    private readonly List<MonitorDefinition> _monitors = [];
    private readonly List<Value> _reachable = [];
    private Core.SourcePosition? _determinismSetAt;

    /// <summary>Files of the specification.</summary>
    public SpecFileSystem Files => files;

    /// <summary>Services, in declaration order.</summary>
    public IReadOnlyList<ServiceValue> Services => _services;

    /// <summary>Fault assumptions, in declaration order.</summary>
    public IReadOnlyList<FaultAssumptionValue> Assumptions => _assumptions;

    /// <summary>Tests declared by <c>test()</c> and <c>scenario()</c>, in declaration order.</summary>
    public IReadOnlyList<DeclaredTest> Tests => _tests;

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

    /// <summary>Adds a test.</summary>
    public void Add(DeclaredTest test)
    {
        _tests.Add(test);
        Keep(Value.Of(test.Body));
        if (test.Setup is { } setup)
        {
            Keep(Value.Of(setup));
        }
    }
}

/// <summary>Which builtin declared a test; earlier sources win over later ones of the same name.</summary>
internal enum TestSource
{
    /// <summary>A global function of the root module.</summary>
    Function,

    /// <summary><c>scenario()</c>.</summary>
    Scenario,

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
}
