using Faultbox.Core.Determinism;
using Faultbox.Core.Diagnostics;
using Faultbox.Core.Topology;
using Faultbox.Core.Verdicts;
using Faultbox.Runtime.Properties;

namespace Faultbox.Runtime;

/// <summary>What a loaded specification amounts to: everything a run needs, and nothing of the language it was written in.</summary>
public sealed class SpecModel
{
    /// <summary>Root specification as the user typed it.</summary>
    public required string SpecRoot { get; init; }

    /// <summary>Absolute directory of the root specification.</summary>
    public required string BaseDirectory { get; init; }

    /// <summary>Declared services, in declaration order.</summary>
    public required IReadOnlyList<ServiceDefinition> Services { get; init; }

    /// <summary>Tests, sorted by the bytes of their names.</summary>
    public required IReadOnlyList<TestDefinition> Tests { get; init; }

    /// <summary>Matrices whose cells are tests, in declaration order.</summary>
    public IReadOnlyList<MatrixDefinition> Matrices { get; init; } = [];

    /// <summary>Monitors that watch every test, in declaration order.</summary>
    public IReadOnlyList<MonitorDefinition> Monitors { get; init; } = [];

    /// <summary>What the specification asks for and tolerates.</summary>
    public DeterminismPolicy Determinism { get; init; } = DeterminismPolicy.Default;

    /// <summary>Services whose calls are never gated.</summary>
    public IReadOnlyCollection<string> Ungated { get; init; } = [];

    /// <summary>Kernel calls that each service's filter intercepts, by service name; a service without an entry runs unfiltered.</summary>
    public IReadOnlyDictionary<string, IReadOnlyCollection<string>> FilteredSyscalls { get; init; } =
        new Dictionary<string, IReadOnlyCollection<string>>();

    /// <summary>Interfaces whose messages some rule of the specification may be about.</summary>
    public IReadOnlyCollection<InterfaceAddress> FaultedInterfaces { get; init; } = [];

    /// <summary>Findings made while the specification loaded.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics { get; init; } = [];

    /// <summary>Files read on behalf of the specification.</summary>
    public IReadOnlyList<CapturedFile> Files { get; init; } = [];

    /// <summary>Lines printed while the specification loaded.</summary>
    public string Prints { get; init; } = "";

    /// <summary>Finds a service by name; null when it is not declared.</summary>
    public ServiceDefinition? FindService(string name) => Services.FirstOrDefault(s => s.Name == name);
}
