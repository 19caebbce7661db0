using Faultbox.Core.Faults;
using Faultbox.Core.Proxying;
using Faultbox.Core.Topology;
using Faultbox.Runtime.Properties;

namespace Faultbox.Spec.Values;

/// <summary>One rule of an assumption with the service it acts on.</summary>
/// <param name="Service">Service.</param>
/// <param name="Rule">Rule.</param>
internal sealed record TargetedRule(string Service, FaultRule Rule);

/// <summary>One rule of an assumption with the interface it acts on.</summary>
/// <param name="Target">Interface.</param>
/// <param name="Rule">Rule.</param>
internal sealed record TargetedMessageRule(InterfaceAddress Target, ProxyRule Rule);

/// <summary>The value of <c>fault_assumption()</c>: a named, reusable set of fault rules. Hashes by name.</summary>
internal sealed class FaultAssumptionValue(
    string name, IReadOnlyList<TargetedRule> rules, IReadOnlyList<TargetedMessageRule> messageRules, Core.SourcePosition position) : SpecValue
{
    /// <summary>Name.</summary>
    public string Name => name;

    /// <summary>Its own rules and those of the assumptions it is composed of, in order.</summary>
    public IReadOnlyList<TargetedRule> Rules => rules;

    /// <summary>Its own rules on messages and those of the assumptions it is composed of, in order.</summary>
    public IReadOnlyList<TargetedMessageRule> MessageRules => messageRules;

    /// <summary>Monitors that watch while it is in force: its own and those of the assumptions it is composed of.</summary>
    public IReadOnlyList<MonitorDefinition> Monitors { get; init; } = [];

    /// <summary>Where it was declared.</summary>
    public Core.SourcePosition Position => position;

    /// <inheritdoc/>
    public override string TypeName => "fault_assumption";

    /// <inheritdoc/>
    protected override string Description =>
        string.Join(" ", rules.Select(r => $"{r.Service}.{r.Rule.Keyword}={RuleText.Action(r.Rule.Fault)}")
            .Concat(messageRules.Select(r => $"{r.Target}={InterfaceRules.ActionName(r.Rule.Fault)}"))
            .Prepend($"fault_assumption {name}"));

    /// <summary>The rules on messages per interface, in order of first mention.</summary>
    public IReadOnlyList<KeyValuePair<InterfaceAddress, IReadOnlyList<ProxyRule>>> MessageWindows() =>
        [.. messageRules.GroupBy(r => r.Target).Select(g =>
            KeyValuePair.Create<InterfaceAddress, IReadOnlyList<ProxyRule>>(g.Key, [.. g.Select(r => r.Rule)]))];

    /// <summary>True when both have a rule on the same call of a service, or on the messages of the same interface.</summary>
    public bool Overlaps(FaultAssumptionValue other) => Reach.Intersect(other.Reach).Any();

    private IEnumerable<(string Target, string Call)> Reach =>
        rules.SelectMany(r => r.Rule.Syscalls.Select(c => (r.Service, c))).Concat(messageRules.Select(r => (r.Target.ToString()!, "")));

    /// <summary>The rules in force per service, in order of first mention; where two rules name the same call of a service the last one wins.</summary>
    public IReadOnlyList<KeyValuePair<string, IReadOnlyList<FaultRule>>> Windows()
    {
        var taken = new HashSet<(string Service, string Call)>();
        var kept = new Stack<TargetedRule>();
        foreach (var targeted in rules.Reverse())
        {
            var calls = targeted.Rule.Syscalls.Where(c => taken.Add((targeted.Service, c))).ToArray();
            if (calls.Length > 0 || targeted.Rule.Syscalls.Count == 0)
            {
                kept.Push(targeted with { Rule = targeted.Rule with { Syscalls = calls } });
            }
        }

        return [.. kept.GroupBy(r => r.Service).Select(g =>
            KeyValuePair.Create<string, IReadOnlyList<FaultRule>>(g.Key, [.. g.Select(r => r.Rule)]))];
    }

    /// <inheritdoc/>
    public override bool TryHash(out int h)
    {
        h = string.GetHashCode(name, StringComparison.Ordinal);
        return true;
    }
}
