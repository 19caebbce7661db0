using Faultbox.Core.Diagnostics;

namespace Faultbox.Core.Topology;

/// <summary>What a service is started with.</summary>
/// <param name="Environment"><c>NAME=value</c> entries, each name once, sorted by name.</param>
/// <param name="Arguments">Arguments after the program name.</param>
/// <param name="Findings">What the reader should know about addresses in them.</param>
public sealed record ServiceEnvironment(
    IReadOnlyList<string> Environment, IReadOnlyList<string> Arguments, IReadOnlyList<Diagnostic> Findings)
{
    private const string InternalPrefix = "_FAULTBOX_";

    /// <summary>
    /// Builds the environment of a service. What is inherited is overridden by the injected variables, and those by the service's own.
    /// </summary>
    /// <param name="plan">Addresses of the topology.</param>
    /// <param name="consumer">A service that is a program of this host or a container.</param>
    /// <param name="host">What the service's own variables and the injected ones override: the environment of Faultbox for a program, nothing for a container.</param>
    /// <exception cref="CodedException">A placeholder names no declared interface.</exception>
    public static ServiceEnvironment Build(
        AddressPlan plan, ServiceDefinition consumer, IEnumerable<KeyValuePair<string, string>> host)
    {
        var findings = new List<Diagnostic>();
        var rewriter = new AddressRewriter(plan, consumer);
        var variables = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in host.Concat(InjectedVariables.For(plan, consumer.Name)))
        {
            variables[name] = value;
        }

        foreach (var (name, value) in consumer.Environment)
        {
            variables[name] = rewriter.Rewrite(value, $"env {name}", findings);
        }

        var arguments = consumer.Arguments.Select((a, i) => rewriter.Rewrite(a, $"args[{i}]", findings)).ToList();
        var entries = variables.Where(v => !v.Key.StartsWith(InternalPrefix, StringComparison.Ordinal)).Select(v => $"{v.Key}={v.Value}");
        return new ServiceEnvironment([.. entries], arguments, findings);
    }
}
