using Faultbox.Spec.Concurrency;
using Faultbox.Spec.Faults;
using Faultbox.Spec.Files;
using Faultbox.Spec.Properties;
using Faultbox.Spec.Testing;
using Faultbox.Spec.Topology;
using Faultbox.Spec.Values;

namespace Faultbox.Spec.Registry;

/// <summary>A chapter of the reference: builtins that belong together.</summary>
/// <param name="Title">Heading.</param>
/// <param name="Builtins">Builtins in reading order.</param>
internal sealed record BuiltinFamily(string Title, IReadOnlyList<BuiltinDeclaration> Builtins);

/// <summary>Every builtin of the specification language, the only place that lists them.</summary>
internal static class BuiltinTable
{
    /// <summary>Families in reading order.</summary>
    public static IReadOnlyList<BuiltinFamily> Families { get; } =
    [
        new("Topology and readiness",
        [
            ServiceBuiltin.Service, InterfaceBuiltin.Interface, HealthcheckBuiltins.Tcp, HealthcheckBuiltins.Http, HealthcheckBuiltins.Ready,
            UdpReadyBuiltin.UdpReady, HealthcheckBuiltins.WaitUntil, TlsBuiltin.TlsCert, RemoteBuiltin.Remotes, OpBuiltin.Op, StructBuiltin.Struct,
        ]),
        new("Driving the system", [StepCalls.Step, ParallelBuiltin.Parallel, NondetBuiltin.Nondet]),
        new("Faults",
        [
            FaultBuiltins.Deny, FaultBuiltins.Delay, FaultBuiltins.Allow, FaultBuiltins.Kill, WindowBuiltins.Fault, WindowBuiltins.FaultAll,
            WindowBuiltins.FaultStart, WindowBuiltins.FaultStop, TraceBuiltins.Trace, TraceBuiltins.TraceStart, TraceBuiltins.TraceStop,
            AssumptionBuiltin.FaultAssumption, PartitionBuiltins.Partition, PartitionBuiltins.PartitionStart, PartitionBuiltins.PartitionStop,
            ProcessBuiltins.Crash, ProcessBuiltins.Restart, ProcessBuiltins.Pause, ProcessBuiltins.Resume,
        ]),
        new("Rules on messages", [MessageBuiltins.Response, MessageBuiltins.Error, MessageBuiltins.Drop, MessageBuiltins.Duplicate]),
        new("Faults on streams", WireBuiltins.All),
        new("Faults in TLS handshakes", TlsFaultBuiltins.All),
        new("Faults on datagrams", DatagramBuiltins.All),
        new("Faults on HTTP messages", HttpFaultBuiltins.All),
        new("Faults on gRPC calls", GrpcFaultBuiltins.All),
        new("Tests and assertions",
        [
            TestBuiltins.Test, TestBuiltins.Scenario, ChooseBuiltin.Choose, DeterminismBuiltin.Determinism, AssertBuiltins.AssertTrue, AssertBuiltins.AssertEq, EventBuiltins.AssertEventually,
            EventBuiltins.AssertNever, EventBuiltins.AssertBefore, EventBuiltins.Events, TimeBuiltins.Sleep, TimeBuiltins.Duration,
        ]),
        new("Scenarios and matrices",
        [
            ScenarioBuiltin.FaultScenario, MatrixBuiltin.FaultMatrix, ExpectationBuiltins.ExpectSuccess, ExpectationBuiltins.ExpectErrorWithin,
            ExpectationBuiltins.ExpectHang,
        ]),
        new("Properties",
        [
            MonitorBuiltin.Monitor, MatchBuiltins.Event, MatchBuiltins.Any, MatchBuiltins.All, MatchBuiltins.Never,
        ]),
        new("Files", [FileBuiltins.LoadFile, FileBuiltins.LoadJson, FileBuiltins.LoadYaml]),
    ];

    /// <summary>Every builtin.</summary>
    public static IEnumerable<BuiltinDeclaration> All => Families.SelectMany(f => f.Builtins);
}
