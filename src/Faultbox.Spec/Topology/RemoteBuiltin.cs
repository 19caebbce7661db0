using Faultbox.Core.Topology;
using Faultbox.Spec.Registry;
using Faultbox.Spec.Values;
using Starlark;

namespace Faultbox.Spec.Topology;

/// <summary><c>remotes()</c>, and the <c>remote=</c> of a service.</summary>
internal static class RemoteBuiltin
{
    /// <summary>What only a service that Faultbox starts can have.</summary>
    private static readonly string[] LocalOnly = ["seed", "reset", "reuse", "volumes", "ports", "args", "seccomp", "io_uring", "nondeterministic_ok"];

    /// <summary>The declaration.</summary>
    public static BuiltinDeclaration Remotes { get; } = new(
        "remotes",
        "Endpoints of a remote service, one for each interface: the value of remote=.",
        Run,
        new ParameterDeclaration("endpoints", "dict", "Interface to \"host\" or \"host:port\"; without a port the interface's own.") { Form = ParameterForm.Rest })
    {
        Returns = "remotes",
    };

    /// <summary>Where the interfaces of a service with <c>remote=</c> are.</summary>
    public static RemoteDefinition Read(in BuiltinCall call, IReadOnlyList<InterfaceDefinition> interfaces)
    {
        Refuse(call);
        if (!call.Has("healthcheck"))
        {
            throw call.Error("a remote service needs healthcheck=, for example healthcheck = ready() or healthcheck = tcp(\"host:443\")");
        }

        if (interfaces.Count == 0)
        {
            throw call.Error("a remote service needs at least one interface(), for example interface(\"web\", \"http\", 80)");
        }

        return call["remote"].Is<RemotesValue>(out var remotes) ? Each(call, interfaces, remotes) : All(call, interfaces);
    }

    private static Value Run(in BuiltinCall call)
    {
        if (call.Rest.Length != 1)
        {
            throw call.Error($"takes one dict, for example remotes({{\"web\": \"shop.example.com\"}}), got {call.Rest.Length} arguments");
        }

        if (!call.Rest[0].TryGetEntries(out var entries))
        {
            throw call.Error($"takes one dict of interface names to hosts, got {call.Rest[0].TypeName}");
        }

        var endpoints = new List<KeyValuePair<string, string>>();
        foreach (var (key, value) in entries)
        {
            if (!key.TryGetString(out var name) || name.Length == 0)
            {
                throw call.Error($"a key must be the name of an interface, a string that is not empty, got {key.Repr()}");
            }

            endpoints.Add(value.TryGetString(out var endpoint) && endpoint.Length > 0
                ? new(name, endpoint)
                : throw call.Error($"[\"{name}\"] must be \"host\" or \"host:port\", a string that is not empty, got {value.Repr()}"));
        }

        return endpoints.Count > 0
            ? Value.Of(new RemotesValue(endpoints))
            : throw call.Error("needs at least one entry, for example remotes({\"web\": \"shop.example.com\"})");
    }

    private static void Refuse(in BuiltinCall call)
    {
        if (call.IsGiven("ops"))
        {
            throw call.Error("ops= is not supported on a remote service: syscall-level operations need a process that Faultbox starts");
        }

        foreach (var keyword in LocalOnly)
        {
            if (call.IsGiven(keyword))
            {
                throw call.Error(
                    $"{keyword}= is not supported on a remote service, which Faultbox does not start; declare a stand-in with binary=, image= or build= to control it");
            }
        }
    }

    private static RemoteDefinition All(in BuiltinCall call, IReadOnlyList<InterfaceDefinition> interfaces)
    {
        if (!call["remote"].TryGetString(out var written))
        {
            throw call.Error($"remote= must be a string \"host\" or \"host:port\", or remotes({{...}}), got {call["remote"].TypeName}");
        }

        if (written.Length == 0)
        {
            throw call.Error("remote= must be a non-empty host or host:port");
        }

        var upstreams = new Dictionary<string, HostPort>(StringComparer.Ordinal);
        foreach (var declared in interfaces)
        {
            upstreams[declared.Name] = Parse(call, "remote=", written, declared);
        }

        return new RemoteDefinition(written, upstreams);
    }

    private static RemoteDefinition Each(in BuiltinCall call, IReadOnlyList<InterfaceDefinition> interfaces, RemotesValue remotes)
    {
        var declaredNames = string.Join(", ", interfaces.Select(i => $"\"{i.Name}\""));
        var upstreams = new Dictionary<string, HostPort>(StringComparer.Ordinal);
        foreach (var (name, endpoint) in remotes.Endpoints)
        {
            var declared = interfaces.FirstOrDefault(i => i.Name == name)
                ?? throw call.Error($"remotes() names \"{name}\", which is not declared as an interface; declared: {declaredNames}");
            upstreams[name] = Parse(call, $"remotes()[\"{name}\"]", endpoint, declared);
        }

        return interfaces.FirstOrDefault(i => !upstreams.ContainsKey(i.Name)) is { } missing
            ? throw call.Error($"remotes() has no entry for interface \"{missing.Name}\"")
            : new RemoteDefinition(null, upstreams);
    }

    private static HostPort Parse(in BuiltinCall call, string what, string text, InterfaceDefinition declared) =>
        HostPort.TryParse(text, declared.Port, out var endpoint)
            ? endpoint
            : throw call.Error($"{what} must be host or host:port, an IPv6 address in brackets, got \"{text}\"");
}
