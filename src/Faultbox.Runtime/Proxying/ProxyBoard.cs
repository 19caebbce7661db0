using System.Globalization;
using Faultbox.Core;
using Faultbox.Core.Events;
using Faultbox.Core.Proxying;
using Faultbox.Core.Topology;
using Faultbox.Core.Verdicts;
using Faultbox.Protocols.Relay;
using Faultbox.Runtime.Execution;

namespace Faultbox.Runtime.Proxying;

/// <summary>The rules on messages of one test and the windows open on them.</summary>
internal sealed class ProxyBoard(RunContext run, TestSession session)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<InterfaceAddress, InterfaceRules> _rules = [];
    private readonly List<FaultWindow> _open = [];
    private readonly List<FaultWindow> _history = [];

    /// <summary>True while a rule is installed.</summary>
    public bool IsUnderFault
    {
        get
        {
            lock (_gate)
            {
                return _open.Count > 0;
            }
        }
    }

    /// <summary>Puts the proxies of a service that has become ready in front of it.</summary>
    /// <param name="service">The service.</param>
    /// <param name="upstreamOf">Where an interface is reached without its proxy.</param>
    public void Start(ServiceDefinition service, Func<InterfaceDefinition, ProxyUpstream> upstreamOf)
    {
        foreach (var proxy in run.Proxies.Of(service))
        {
            var endpoint = service.FindInterface(proxy.Target.Interface)!;
            var upstream = upstreamOf(endpoint);
            proxy.Use(Attach(proxy.Target, endpoint.Protocol));
            proxy.Relay(upstream);
            session.Log.Emit(
                "proxy_started",
                service.Name,
                new("interface", endpoint.Name),
                new("protocol", endpoint.Protocol),
                new("listen", proxy.Address),
                new("target", upstream.ToString()),
                new("mode", endpoint.Tls is null ? "passthrough" : "tls"));
        }
    }

    /// <summary>Lets the proxies of a service that kept running apply the rules of this test.</summary>
    public void Continue(ServiceDefinition service)
    {
        foreach (var proxy in run.Proxies.Of(service))
        {
            var endpoint = service.FindInterface(proxy.Target.Interface)!;
            proxy.Use(Attach(proxy.Target, endpoint.Protocol));
            session.Log.Emit(
                "proxy_active",
                service.Name,
                new("interface", endpoint.Name),
                new("protocol", endpoint.Protocol),
                new("listen", proxy.Address),
                new("mode", "reused"));
        }
    }

    /// <summary>Ends the test on every proxy. What happens on them until the next test is recorded nowhere.</summary>
    public void Detach()
    {
        lock (_gate)
        {
            foreach (var target in _rules.Keys)
            {
                run.Proxies.Find(target)?.Use(null);
            }
        }
    }

    /// <summary>Opens a window.</summary>
    /// <param name="target">Interface.</param>
    /// <param name="rules">Rules in the order written.</param>
    /// <param name="at">Where the specification opened it.</param>
    /// <param name="started">True for a window that a later stop closes.</param>
    /// <param name="assumption">Assumption that brings the rules; null when they are given directly.</param>
    /// <param name="source">Consumer that the whole window is limited to; null for none.</param>
    public FaultWindow Open(
        InterfaceAddress target, IReadOnlyList<ProxyRule> rules, SourcePosition at, bool started, string? assumption, string? source)
    {
        lock (_gate)
        {
            if (!_rules.TryGetValue(target, out var board) || run.Proxies.Find(target) is not { State: ProxyState.Relaying } proxy)
            {
                throw new SessionException($"service \"{target.Service}\" is not running: rules on {target} belong into a test body");
            }

            // Told first: rules that meet live connections act at once.
            var opened = EmitApplied(board, proxy, rules.Count, assumption, source);
            var window = board.Open(rules, axis => session.Leaf.Consult(axis) is var chosen ? chosen.Axis.Outcomes(chosen.Digit) : []);
            var handle = new FaultWindow(target, started, at, new ProxyFaultWindow(board, window, assumption, opened));
            _open.Add(handle);
            _history.Add(handle);
            return handle;
        }
    }

    /// <summary>Closes a window; closing it twice does nothing.</summary>
    public void Close(FaultWindow window)
    {
        lock (_gate)
        {
            if (!_open.Remove(window))
            {
                return;
            }

            var closing = window.Proxy!;
            closing.Rules.Close(closing.Window);
            foreach (var rule in closing.Window.Rules)
            {
                EmitStatistics(closing, rule);
            }

            List<EventField> fields = [new("interface", closing.Rules.Target.Interface)];
            if (closing.Assumption is { } assumption)
            {
                fields.Add(new("assumption", assumption));
            }

            closing.ClosedSequence = session.Log.Emit("proxy_fault_removed", window.Service, [.. fields]);
            ReportZeroTraffic(closing);
        }
    }

    /// <summary>Open windows on an interface that wait for a stop, oldest first.</summary>
    public IReadOnlyList<FaultWindow> OpenStarted(InterfaceAddress target)
    {
        lock (_gate)
        {
            return [.. _open.Where(w => w.IsStarted && w.Proxy!.Rules.Target == target)];
        }
    }

    /// <summary>Closes what the body left open and reports each window as leaked.</summary>
    public void CloseLeaked()
    {
        lock (_gate)
        {
            foreach (var window in _open.AsEnumerable().Reverse().ToList())
            {
                var left = window.Proxy!;
                session.Log.Emit(
                    "fault_leaked",
                    window.Service,
                    new EventField("interface", left.Rules.Target.Interface),
                    new EventField("keywords", string.Join(",", left.Window.Rules.Select(left.KeywordOf))));
                Close(window);
            }
        }
    }

    /// <summary>One row per declared rule, summed over its windows, in order of first use.</summary>
    public IReadOnlyList<FaultSummary> SummarizeRules()
    {
        lock (_gate)
        {
            return [.. _history
                .SelectMany(h => h.Proxy!.Window.Rules.Select(rule => (Window: h.Proxy!, Rule: rule)))
                .GroupBy(use => (use.Window.Rules.Target, use.Window.Assumption, Text: ProxyRuleText.Of(use.Rule.Fault), use.Rule.Rule.Position))
                .Select(uses => Summarize([.. uses]))];
        }
    }

    /// <summary>One row per window, in opening order.</summary>
    public IReadOnlyList<FaultWindowSummary> SummarizeWindows()
    {
        lock (_gate)
        {
            return [.. _history.Select(h => new FaultWindowSummary(
                h.Service,
                Trace: false,
                [.. h.Proxy!.Window.Rules.Select(r => new EventField(h.Proxy!.KeywordOf(r), ProxyRuleText.Of(r.Fault)))],
                h.Proxy!.Window.Rules.Sum(r => r.Fired),
                h.Proxy!.OpenedSequence,
                h.Proxy!.ClosedSequence))];
        }
    }

    private InterfaceRules Attach(InterfaceAddress target, string protocol)
    {
        lock (_gate)
        {
            if (!_rules.TryGetValue(target, out var rules))
            {
                rules = new InterfaceRules(target, protocol, session.Log, session.Seed, session.TestName);
                _rules.Add(target, rules);
            }

            return rules;
        }
    }

    private long EmitApplied(InterfaceRules board, InterfaceProxy proxy, int rules, string? assumption, string? source)
    {
        EventField[] common = [new("interface", board.Target.Interface), new("protocol", board.Protocol)];
        if (assumption is null)
        {
            return session.Log.Emit(
                "proxy_fault_applied", board.Target.Service, [.. common, new("proxy", proxy.Address), new("source", source ?? "")]);
        }

        var first = 0L;
        for (var i = 0; i < rules; i++)
        {
            var sequence = session.Log.Emit("proxy_fault_applied", board.Target.Service, [.. common, new("assumption", assumption)]);
            first = first == 0 ? sequence : first;
        }

        return first;
    }

    private void EmitStatistics(ProxyFaultWindow window, ActiveProxyRule rule)
    {
        List<EventField> fields =
        [
            new("interface", window.Rules.Target.Interface),
            new("rule", Number(rule.Ordinal)),
            new("action", InterfaceRules.ActionName(rule.Fault)),
        ];
        if (rule.Fault.Label is { } label)
        {
            fields.Add(new("label", label));
        }

        fields.Add(new("seen", Number(rule.Seen)));
        fields.Add(new("matched", Number(rule.Matches)));
        fields.Add(new("fired", Number(rule.Fired)));
        if (rule.WithoutEffect > 0)
        {
            fields.Add(new("without_effect", Number(rule.WithoutEffect)));
        }

        session.Log.Emit("proxy_rule_stats", window.Rules.Target.Service, [.. fields]);
    }

    private void ReportZeroTraffic(ProxyFaultWindow window)
    {
        foreach (var rule in window.Window.Rules.Where(r => r.Matches == 0))
        {
            var hint = SilentInterface.Explain(run, window.Rules, rule);
            window.Hints[rule] = hint;
            List<EventField> fields =
            [
                new("interface", window.Rules.Target.Interface),
                new("protocol", window.Rules.Protocol),
                new("action", InterfaceRules.ActionName(rule.Fault)),
                new("match", MatchOf(rule.Fault)),
                new("seen", Number(rule.Seen)),
            ];
            if (rule.Fault.Label is { } label)
            {
                fields.Add(new("label", label));
            }

            fields.Add(new("hint", hint));
            session.Log.Emit("fault_zero_traffic", window.Rules.Target.Service, [.. fields]);
        }
    }

    private static string MatchOf(ProxyFault fault) =>
        fault.Source is { } source
            ? $"{fault.Matcher}{(fault.Matcher.MatchesEverything ? "" : ", ")}source=\"{source}\""
            : fault.Matcher.ToString();

    private static FaultSummary Summarize(IReadOnlyList<(ProxyFaultWindow Window, ActiveProxyRule Rule)> uses)
    {
        var (window, rule) = uses[0];
        var matches = uses.Sum(u => u.Rule.Matches);
        return new FaultSummary
        {
            Service = window.Rules.Target.Service,
            Keyword = window.KeywordOf(rule),
            Action = InterfaceRules.ActionName(rule.Fault),
            Detail = rule.Fault.Action == ProxyAction.Delay ? Durations.Text(rule.Fault.Delay) : null,
            Label = rule.Fault.Label,
            Protocol = new ProtocolRuleSummary(
                window.Rules.Target.Interface, window.Rules.Protocol, ProxyRuleText.Of(rule.Fault), window.Assumption, uses.Sum(u => u.Rule.Seen)),
            Hits = uses.Sum(u => u.Rule.Fired),
            Matches = matches,
            WithoutEffect = uses.Sum(u => u.Rule.WithoutEffect),
            Windows = [.. uses.Select(u => new RuleUse(ProxyRuleText.Of(u.Rule.Fault), u.Rule.Fired, u.Window.OpenedSequence, u.Window.ClosedSequence))],
            Hint = matches > 0 ? null : uses.Select(u => u.Window.Hints.GetValueOrDefault(u.Rule)).LastOrDefault(h => h is not null),
        };
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
