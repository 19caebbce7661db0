using Faultbox.Core;
using Faultbox.Core.Faults;
using Faultbox.Core.Matching;
using Faultbox.Core.Topology;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Spec.Faults;

/// <summary>What may stand before <c>=</c> in a fault window: a named operation of the service, a family, or a system call.</summary>
internal static class SyscallKeywords
{
    private const string AliasOfStat = "fstatat";

    /// <summary>The rule of one keyword on a service.</summary>
    /// <param name="label">Builtin, for messages.</param>
    /// <param name="service">Service the rule acts on.</param>
    /// <param name="keyword">Keyword as written.</param>
    /// <param name="fault">What happens.</param>
    /// <param name="position">Where the window is written.</param>
    /// <exception cref="SpecException">The keyword is not known.</exception>
    public static FaultRule Resolve(string label, ServiceDefinition service, string keyword, FaultDefinition fault, SourcePosition position)
    {
        RequireKnown(label, service, keyword);
        var rule = service.Operations.TryGetValue(keyword, out var operation)
            ? new FaultRule(keyword, keyword, Calls(operation), Shown(operation.Syscalls), operation.Path, fault, position)
            : new FaultRule(keyword, null, SyscallFamilies.Expand(keyword), SyscallFamilies.BaseMembers(keyword), null, fault, position);
        RequireMeaningful(label, rule);
        return rule;
    }

    /// <summary>Refuses restrictions on what no call of a rule has: such a rule could never act.</summary>
    private static void RequireMeaningful(string label, FaultRule rule)
    {
        if (rule.Fault.Scope is not { } scope)
        {
            return;
        }

        var shapes = rule.Syscalls.Select(c => SyscallTable.TryGetNumber(c, out var number) ? SyscallShape.Of(number) : default).ToList();
        Require(scope.Destinations.Count > 0, "to", s => s.HasDestination, "says where it goes; to= belongs on connect and sendto");
        Require(
            scope.BytesAbove is not null || scope.BytesBelow is not null, "bytes_gt=/bytes_lt", s => s.HasSize,
            "has a size; they belong on calls such as write, read, sendto and recvfrom");
        Require(scope.On != DescriptorKinds.Any, "on", s => s.HasDescriptor || s.HasPath, "works on a descriptor");
        Require(scope.Paths.Count > 0, "path", s => s.HasDescriptor || s.HasPath, "names or works on a path");

        void Require(bool isSet, string restriction, Func<SyscallShape, bool> applies, string lacking)
        {
            if (isSet && !shapes.Any(applies))
            {
                throw new SpecException($"{label}: {rule.Keyword} = {RuleText.Action(rule.Fault)}(..., {restriction}=...) can never act: no call of \"{rule.Keyword}\" {lacking}");
            }
        }
    }

    /// <summary>Kernel calls of a named operation.</summary>
    public static IReadOnlyList<string> Calls(SyscallOperation operation) =>
        [.. operation.Syscalls.SelectMany(SyscallFamilies.Expand).Distinct(StringComparer.Ordinal)];

    /// <summary>Refuses a keyword that a service does not know.</summary>
    public static void RequireKnown(string label, ServiceDefinition service, string keyword)
    {
        if (service.Operations.ContainsKey(keyword) || IsCall(keyword))
        {
            return;
        }

        var operations = service.Operations.Count > 0
            ? $"; operations of \"{service.Name}\": {string.Join(", ", service.Operations.Keys)}"
            : $"; \"{service.Name}\" has no named operations";
        throw new SpecException(
            $"{label}: unknown keyword \"{keyword}\" for service \"{service.Name}\"{Nearest(keyword, service.Operations.Keys)}system calls: {Common()}{operations}");
    }

    /// <summary>Refuses a name that is no system call or family.</summary>
    public static void RequireKnown(string label, string name)
    {
        if (!IsCall(name))
        {
            throw new SpecException($"{label}: unknown system call \"{name}\"{Nearest(name, [])}known, among others: {Common()}");
        }
    }

    /// <summary>True for a family or a system call of any architecture.</summary>
    public static bool IsCall(string name) => SyscallTable.Exists(name) || name == AliasOfStat || SyscallFamilies.Expand(name).Count > 0;

    private static IReadOnlyList<string> Shown(IEnumerable<string> keywords) =>
        [.. keywords.SelectMany(SyscallFamilies.BaseMembers).Distinct(StringComparer.Ordinal)];

    private static string Common() => string.Join(", ", SyscallFamilies.CommonKeywords);

    private static string Nearest(string keyword, IEnumerable<string> operations) =>
        NearestName.Find(keyword, operations.Concat(SyscallFamilies.CommonKeywords).Concat(SyscallTable.Names)) is { } near
            ? $"; did you mean \"{near}\"? "
            : "; ";
}
