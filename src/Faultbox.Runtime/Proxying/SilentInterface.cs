using System.Globalization;
using Faultbox.Core.Matching;
using Faultbox.Core.Proxying;
using Faultbox.Core.Topology;
using Faultbox.Runtime.Execution;

namespace Faultbox.Runtime.Proxying;

/// <summary>Explains why a rule on messages matched nothing in its window, from what the interface saw.</summary>
internal static class SilentInterface
{
    private const int MostKinds = 3;

    /// <summary>The explanation, with the change to make.</summary>
    public static string Explain(RunContext run, InterfaceRules rules, ActiveProxyRule rule)
    {
        if (rules.Connections == 0)
        {
            return $"no connection reached the proxy of {rules.Target} in this test: {Consumers(run, rules.Target)}";
        }

        var noun = rule.Fault switch { { Tls: not null } => "TLS handshake", { Wire: not null } => "connection", _ => "message" };
        if (rule.Fault.Source is { } source && rule.Seen > 0 && rule.Fault.Matcher.MatchesEverything)
        {
            return $"{Count(rule.Seen, noun)} in the window, none from {source}: {Consumers(run, rules.Target)}";
        }

        if (rule.Seen == 0 && rule.Fault.Tls is not null)
        {
            return $"{Count(rules.Connections, "connection")} but no TLS handshake while the window was open: connections from before it keep what "
                + "they negotiated; let the consumer connect anew inside run=";
        }

        if (rule.Seen == 0 && rule.Fault.Wire is not null)
        {
            return $"{Count(rules.Connections, "connection")} in this test but none while the window was open; drive the consumer inside run=";
        }

        if (rule.Seen == 0 && UnreadSince(rules) is { } reason)
        {
            return $"{Count(rules.Connections, "connection")} but no message that could be read, and rules do not meet what is relayed unread: {reason}";
        }

        if (rule.Seen == 0)
        {
            return $"{Count(rules.Connections, "connection")} but no message while the window was open: the traffic came before the window, "
                + "or a pooled connection was idle; drive the consumer inside run=";
        }

        if (rule.OtherSource is { } other)
        {
            return $"{Count(rule.Seen, noun)} in the window; those that it matches came from {(other.Length > 0 ? other : "an unknown client")}, "
                + $"and the rule is limited to {rule.Fault.Source}: drive {rule.Fault.Source} inside run=, or leave source= out";
        }

        return rule.ForestalledBy is { } earlier
            ? $"{Count(rule.Seen, noun)} in the window; those that it matches were decided by an earlier rule, {ProxyRuleText.Of(earlier.Fault)}: "
                + "write the narrower rule first"
            : NoneMatching(rule, noun);
    }

    /// <summary>Why a connection of the interface was last relayed unread; null when none was.</summary>
    private static string? UnreadSince(InterfaceRules rules) => rules.Log.OfType("proxy_parse_error")
        .LastOrDefault(e => e.Service == rules.Target.Service && e.Field("interface") == rules.Target.Interface)?.Field("reason");

    private static string NoneMatching(ActiveProxyRule rule, string noun)
    {
        var kinds = rule.SeenMessages;
        var none = rule.Fault.Matcher.MatchesEverything ? "none that it covers" : $"none with {rule.Fault.Matcher}";
        if (kinds.Count == 0)
        {
            return $"{Count(rule.Seen, noun)} in the window, {none}: {Advice(rule.Fault.Matcher)}";
        }

        var seen = string.Join(", ", kinds.Take(MostKinds).Select(k => string.Create(CultureInfo.InvariantCulture, $"{k.Key} ({k.Value})")));
        var wanted = Wanted(rule.Fault.Matcher);
        var nearest = NearestName.Find(wanted, kinds.Select(k => k.Key)) is { } name ? $"; nearest: {name}" : "";
        return $"{Count(rule.Seen, noun)} in the window, {none}; seen: {seen}{nearest}: {Advice(rule.Fault.Matcher)}";
    }

    private static string Advice(MessageMatcher matcher) => matcher.Path?.Pattern switch
    {
        { } path when path.IndexOf('?', StringComparison.Ordinal) is > 0 and var mark && path.IndexOf('=', mark) > 0 =>
            "path= is the path without its query; match_query= covers that",
        [not ('/' or '*' or '[' or '?'), ..] => "a path begins with /",
        _ => "check the pattern",
    };

    /// <summary>The pattern in the form in which seen messages are described.</summary>
    private static string Wanted(MessageMatcher matcher) => string.Join(
        ' ',
        new[] { matcher.Method, matcher.Command, matcher.Topic, matcher.Path, matcher.Key, matcher.Query }.OfType<MessageGlob>().Select(g => g.Pattern));

    /// <summary>Who was told which address, as far as their own texts say.</summary>
    private static string Consumers(RunContext run, InterfaceAddress target)
    {
        var proxy = run.Proxies.Find(target)!;
        List<string> told = [];
        List<string> untold = [];
        foreach (var consumer in run.Spec.Services.Where(s => s.Kind == ServiceKind.Binary && s.Name != target.Service))
        {
            var address = string.Create(CultureInfo.InvariantCulture, $":{proxy.PortOf(consumer.Name)}");
            (run.TextsOf(consumer).Any(t => t.Contains(address, StringComparison.Ordinal)) ? told : untold).Add(
                string.Create(CultureInfo.InvariantCulture, $"{consumer.Name} (127.0.0.1{address})"));
        }

        return told.Count > 0 ? $"{string.Join(", ", told)} got its address but did not connect; drive the consumer inside run="
            : untold.Count > 0 ? $"no env or args value names it, so {string.Join(", ", untold)} may bypass the proxy; "
                + $"give the consumer {target}.proxy_addr"
            : "only the test itself can reach it, and no step did";
    }

    private static string Count(long number, string noun) =>
        string.Create(CultureInfo.InvariantCulture, $"{number} {noun}{(number == 1 ? "" : "s")}");
}
