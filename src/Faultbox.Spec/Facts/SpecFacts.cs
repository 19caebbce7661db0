using Faultbox.Core.Diagnostics;
using Faultbox.Core.Topology;
using Faultbox.Spec.Loading;
using Faultbox.Spec.Registry;
using Faultbox.Spec.Values;
using Starlark.Syntax;

namespace Faultbox.Spec.Facts;

/// <summary>
/// Which system calls each service may ever need, known before the first test: from the values that loading left behind and from every
/// window in the source. What cannot be told is widened to every service or every call that is named, and reported.
/// </summary>
internal sealed class SpecFacts
{
    private static readonly string[] FaultBuiltins = ["deny", "delay", "kill", "allow"];
    private static readonly string[] WindowBuiltins = ["fault", "fault_all", "fault_start", "fault_assumption", "trace", "trace_start"];

    private readonly SpecRegistry _registry;
    private readonly ExpressionReader _reader;
    private readonly FilterCollector _collector;
    private readonly HashSet<InterfaceAddress> _interfaces = [];
    private readonly List<Diagnostic> _findings = [];

    private SpecFacts(TreeIndex index, ExpressionReader reader, SpecRegistry registry)
    {
        _registry = registry;
        _collector = new FilterCollector([.. registry.Services.Select(s => s.Definition)]);
        _reader = reader;
        foreach (var rule in registry.Assumptions.SelectMany(a => a.Rules))
        {
            _collector.Add(Find(rule.Service), rule.Rule.Keyword);
            _collector.AddTarget(Find(rule.Service));
        }

        _interfaces.UnionWith(registry.Assumptions.SelectMany(a => a.MessageRules).Select(r => r.Target));
        foreach (var site in index.Calls)
        {
            NoteFaults(site);
            foreach (var builtin in _reader.Read(site.Call.Callee, site.Module).Values)
            {
                if (builtin.Is<SpecBuiltin>(out var window) && WindowBuiltins.Contains(window.Name))
                {
                    AddWindow(site, window.Name);
                    AddInterfaces(site, window.Name);
                }
            }
        }

        if (registry.Determinism is { IsExplicit: true, Detects: true })
        {
            _collector.AddDetection();
        }
    }

    /// <summary>Kernel calls per service; a service that needs none has no entry.</summary>
    public IReadOnlyDictionary<string, IReadOnlyCollection<string>> Filters => _collector.Result();

    /// <summary>Interfaces whose messages some rule may be about.</summary>
    public IReadOnlyCollection<InterfaceAddress> FaultedInterfaces => _interfaces;

    /// <summary>One finding per window that had to be widened.</summary>
    public IReadOnlyList<Diagnostic> Findings => _findings;

    /// <summary>Reads the facts of a loaded specification.</summary>
    public static SpecFacts Of(TreeIndex index, ExpressionReader reader, SpecRegistry registry) => new(index, reader, registry);

    private ServiceDefinition Find(string name) => _registry.Services.First(s => s.Name == name).Definition;

    private void AddInterfaces(CallSite site, string builtin)
    {
        if (builtin is "fault_all" or "trace" or "trace_start" || (builtin == "fault_assumption" && !BringsMessageRules(site, builtin)))
        {
            return;
        }

        var target = Possible.Union(builtin == "fault_assumption"
            ? _reader.Arguments(site, "target", -1)
            : _reader.Arguments(site, null, 0));
        if (!target.IsOpen)
        {
            _interfaces.UnionWith(target.Values.Select(v => v.Object).OfType<InterfaceRefValue>().Select(r => r.Address));
        }
        else if (BringsMessageRules(site, builtin))
        {
            _interfaces.UnionWith(_registry.Interfaces);
        }
    }

    private static bool BringsMessageRules(CallSite site, string builtin) => builtin == "fault_assumption"
        ? site.Call.Arguments.Any(a => a.Kind == ArgumentKind.KeywordSpread || a.Name == "rules")
        : site.Call.Arguments.Count(a => a.Kind is not (ArgumentKind.Named or ArgumentKind.KeywordSpread)) > 1;

    private void AddWindow(CallSite site, string builtin)
    {
        var keywords = Keywords(site, builtin);
        if (Targets(site, builtin) is not { } targets)
        {
            Widen(site, $"the target of {builtin}() cannot be told before the test runs: every service is prepared for its calls");
            targets = [.. _collector.Launchable];
        }
        else
        {
            if (keywords is not { Count: 0 })
            {
                targets.ForEach(_collector.AddTarget);
            }
        }

        if (keywords is null)
        {
            Widen(site, $"the calls that {builtin}() names cannot be told before the test runs: every call named anywhere is prepared for");
            targets.ForEach(_collector.AddEverything);
            return;
        }

        foreach (var service in targets)
        {
            foreach (var keyword in keywords)
            {
                _collector.Add(service, keyword);
            }
        }
    }

    /// <summary>Services a window may act on; null when it may be any.</summary>
    private List<ServiceDefinition>? Targets(CallSite site, string builtin)
    {
        var target = Possible.Union(builtin == "fault_assumption"
            ? _reader.Arguments(site, "target", -1)
            : _reader.Arguments(site, null, 0));
        if (builtin == "fault_all")
        {
            target = target.Items();
        }

        if (target.IsOpen)
        {
            return null;
        }

        var values = target.Values.Select(v => v.Object).ToList();
        var services = values.OfType<ServiceValue>();
        if (builtin == "fault_assumption")
        {
            services = services.Concat(values.OfType<InterfaceRefValue>().Select(r => r.Service));
        }

        return [.. services.Select(s => Find(s.Name)).Distinct()];
    }

    /// <summary>Keywords a window may use; null when it may be any.</summary>
    private HashSet<string>? Keywords(CallSite site, string builtin)
    {
        if (builtin is "trace" or "trace_start")
        {
            return Possible.Union(_reader.Arguments(site, "syscalls", 1)).Items().Texts();
        }

        var own = BuiltinTable.All.First(b => b.Name == builtin).Keywords;
        var keywords = new HashSet<string>(StringComparer.Ordinal);
        foreach (var argument in site.Call.Arguments)
        {
            if (argument is { Kind: ArgumentKind.Named, Name: { } name })
            {
                keywords.Add(name);
            }
            else if (argument.Kind == ArgumentKind.KeywordSpread)
            {
                var entries = _reader.Read(argument.Value, site.Module).Entries();
                if (entries is null || Possible.Union(entries.Select(e => e.Key)).Texts() is not { } names)
                {
                    return null;
                }

                keywords.UnionWith(names);
            }
        }

        keywords.ExceptWith(own);
        return keywords;
    }

    /// <summary>Notes the names under which a call passes faults on: the function it calls may hand them to a window as they are.</summary>
    private void NoteFaults(CallSite site)
    {
        foreach (var argument in site.Call.Arguments)
        {
            if (argument is { Kind: ArgumentKind.Named, Name: { } name, Value: CallExpression fault }
                && _reader.Read(fault.Callee, site.Module).Values.Any(v => v.Is<SpecBuiltin>(out var builtin) && FaultBuiltins.Contains(builtin.Name)))
            {
                _collector.NoteNamed(name);
            }
        }
    }

    private void Widen(CallSite site, string message) =>
        _findings.Add(new Diagnostic("FACT_WIDENED", message) { Position = site.Position });
}
