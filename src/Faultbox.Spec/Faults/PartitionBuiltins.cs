using Faultbox.Spec.Registry;
using Faultbox.Spec.Values;
using Starlark;

namespace Faultbox.Spec.Faults;

/// <summary>
/// <c>partition()</c>, <c>partition_start()</c>, <c>partition_stop()</c>. A partition is silence on the wire, which only a packet gateway can
/// make; without one a checked call fails and says so.
/// </summary>
internal static class PartitionBuiltins
{
    private static readonly ParameterDeclaration Services =
        new("services", "service", "The two services.") { Form = ParameterForm.Rest };

    private static readonly ParameterDeclaration Direction = ParameterDeclaration.Keyword(
        "direction", "string", "\"both\"", "\"both\", or \"a_to_b\" or \"b_to_a\" to drop the packets of one side only, whoever opened the connection.");

    /// <summary><c>partition()</c>.</summary>
    public static BuiltinDeclaration Partition { get; } = new(
        "partition",
        "Silences the network between two services while a callable runs, open connections included. Needs the packet gateway, which this version does not have.",
        RunPartition,
        Services,
        Direction,
        ParameterDeclaration.Required("run", "callable", "Called without arguments while the services are apart; its result is returned.") with { Form = ParameterForm.Keyword })
    {
        Phase = CallPhase.Run,
        ReportsMissing = true,
        Returns = "any",
    };

    /// <summary><c>partition_start()</c>.</summary>
    public static BuiltinDeclaration PartitionStart { get; } = new(
        "partition_start",
        "Silences the network between two services until partition_stop() or the end of the test. Needs the packet gateway, which this version does not have.",
        (in BuiltinCall call) =>
        {
            CheckPair(call);
            CheckDirection(call);
            throw NoGateway(call);
        },
        Services,
        Direction)
    {
        Phase = CallPhase.Run,
        KeywordHints = new Dictionary<string, string> { ["run"] = "partition_start() does not take run=; use partition() for a callable" },
    };

    /// <summary><c>partition_stop()</c>.</summary>
    public static BuiltinDeclaration PartitionStop { get; } = new(
        "partition_stop",
        "Joins two services again; their order is irrelevant.",
        (in BuiltinCall call) =>
        {
            var (a, b) = Pair(call);
            throw call.Error($"no partition is active between these services: \"{a.Name}\" and \"{b.Name}\"");
        },
        Services)
    {
        Phase = CallPhase.Run,
    };

    private static Value RunPartition(in BuiltinCall call)
    {
        CheckPair(call);
        CheckDirection(call);
        if (!call.Has("run"))
        {
            throw new SpecException("partition() requires run= keyword with a callback function; to cut without one use partition_start()/partition_stop()");
        }

        if (!call["run"].Is<StarlarkCallable>(out _))
        {
            throw call.Error($"run= must be a callable, got {call["run"].TypeName}");
        }

        throw NoGateway(call);
    }

    private static (ServiceValue First, ServiceValue Second) Pair(in BuiltinCall call)
    {
        if (call.Rest.Length != 2)
        {
            throw new SpecException($"{call.Label} takes exactly two service arguments, got {call.Rest.Length}");
        }

        return (Service(call, 0, "first"), Service(call, 1, "second"));
    }

    private static ServiceValue Service(in BuiltinCall call, int index, string ordinal) => call.Rest[index].Is<ServiceValue>(out var service)
        ? service
        : throw call.Error($"{ordinal} argument must be a service, got {call.Rest[index].TypeName}");

    private static void CheckPair(in BuiltinCall call)
    {
        var (a, b) = Pair(call);
        if (a.Name == b.Name)
        {
            throw call.Error($"cannot partition \"{a.Name}\" from itself");
        }

        if (a.Definition.Interfaces.Count == 0 && b.Definition.Interfaces.Count == 0)
        {
            throw call.Error($"neither service declares an interface to cut: \"{a.Name}\" and \"{b.Name}\"");
        }
    }

    private static void CheckDirection(in BuiltinCall call)
    {
        if (call.OptionalText("direction") is { } direction and not ("both" or "a_to_b" or "b_to_a"))
        {
            throw call.Error($"direction must be \"both\", \"a_to_b\" or \"b_to_a\", got \"{direction}\"");
        }
    }

    private static SpecException NoGateway(in BuiltinCall call) => call.Error(
        "silence between services needs the packet gateway of determinism(runtime=\"gvisor\"), which this version of Faultbox does not have. "
        + "connect = deny(\"ECONNREFUSED\") is no substitute: it refuses new connections only, and a client that pools connections never notices; "
        + "fault read and write of the client to reach those");
}
