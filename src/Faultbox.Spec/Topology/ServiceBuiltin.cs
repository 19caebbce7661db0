using Faultbox.Core.Diagnostics;
using Faultbox.Core.Faults;
using Faultbox.Core.Topology;
using Faultbox.Spec.Execution;
using Faultbox.Spec.Registry;
using Faultbox.Spec.Testing;
using Faultbox.Spec.Values;
using Starlark;

namespace Faultbox.Spec.Topology;

/// <summary><c>service()</c>.</summary>
internal static class ServiceBuiltin
{
    /// <summary>The declaration.</summary>
    public static BuiltinDeclaration Service { get; } = new(
        "service",
        "Declares a service: a program of this host, a container, or something that runs already, with its endpoints.",
        Run,
        ParameterDeclaration.Required("name", "string", "Identity of the service in events, variables and messages.") with { Form = ParameterForm.Positional },
        new ParameterDeclaration("parts", "string or interface", "At most one program path, and any number of interface() values.") { Form = ParameterForm.Rest },
        ParameterDeclaration.Keyword("binary", "string", "None", "Program: a path, or a bare name looked up in PATH. May also be the second positional argument."),
        ParameterDeclaration.Keyword("image", "string", "None", "Container image, such as \"redis:7\"; the tag \"local\" is never pulled."),
        ParameterDeclaration.Keyword("build", "string", "None", "Directory with a Dockerfile, relative to the specification, from which the container's image is built."),
        ParameterDeclaration.Keyword("remote", "string or remotes", "None", "Where it runs already: \"host\" with the ports of its interfaces, \"host:port\", or remotes({...}). Nothing is started; needs healthcheck."),
        ParameterDeclaration.Keyword("volumes", "dict", "{}", "Containers: host path or volume name to the path inside, perhaps with \":ro\"."),
        ParameterDeclaration.Keyword("ports", "dict", "{}", "Containers: container port to host port; 0 lets Faultbox choose."),
        ParameterDeclaration.Keyword("healthcheck", "healthcheck", "None", "Readiness gate."),
        ParameterDeclaration.Keyword("env", "dict", "{}", "Environment variables; values are strings or ints."),
        ParameterDeclaration.Keyword("args", "list of strings", "[]", "Arguments of the program; those of a container replace the command of its image."),
        ParameterDeclaration.Keyword("depends_on", "list of services or names", "[]", "Services that must be ready first."),
        ParameterDeclaration.Keyword("ops", "dict of op()", "{}", "Named groups of system calls, usable as fault keywords."),
        ParameterDeclaration.Keyword("reuse", "bool", "False", "Keep the service running between tests."),
        ParameterDeclaration.Keyword("seed", "callable", "None", "Initializes state after readiness."),
        ParameterDeclaration.Keyword("reset", "callable", "None", "Re-initializes state between tests of a reused service."),
        ParameterDeclaration.Keyword("seccomp", "bool", "True", "False opts out of system-call interception."),
        ParameterDeclaration.Keyword("nondeterministic_ok", "list of strings", "[]", "Tolerated sources of nondeterminism: clock, rand, dns, network-unmediated, fs-unmediated."),
        ParameterDeclaration.Keyword("io_uring", "bool", "False", "Leave ring based I/O available to the service."))
    {
        Phase = CallPhase.Load,
        IsLabelled = true,
        ReportsMissing = true,
        Returns = "service",
        Unsupported = ["observe", "rand_seed"],
        Excluded = new Dictionary<string, (string, string)>
        {
            ["observe"] = ("remote", "its output is elsewhere; declare a stand-in with binary=, image= or build= to observe it"),
        },
        KeywordHints = new Dictionary<string, string>
        {
            ["cmd"] = "use args=",
            ["entrypoint"] = "use args=",
            ["command"] = "use args=",
            ["http"] = "declare an interface instead: interface(\"main\", \"http\", 8080)",
            ["tcp"] = "declare an interface instead: interface(\"main\", \"tcp\", 8080)",
            ["port"] = "declare an interface instead: interface(\"main\", \"tcp\", 8080)",
            ["name"] = "name is the first positional argument",
            ["environment"] = "use env=",
        },
    };

    private static Value Run(in BuiltinCall call)
    {
        if (!call.Has("name"))
        {
            throw new SpecException("service() requires at least a name, for example service(\"api\", \"./bin/api\")");
        }

        if (!call["name"].TryGetString(out var name) || name.Length == 0)
        {
            throw new SpecException($"service(): name must be a string that is not empty, got {call["name"].Repr()}");
        }

        if (name == "test")
        {
            throw call.Error("the name \"test\" belongs to the test driver");
        }

        var (binary, image, build, interfaces) = Parts(call);
        var remote = call.Has("remote") ? RemoteBuiltin.Read(call, interfaces) : null;
        RefuseContainerKeywords(call, name, binary);
        if (remote is not null && interfaces.FirstOrDefault(i => i.SocketPath is not null) is { } onSocket)
        {
            throw call.Error($"service \"{name}\": interface \"{onSocket.Name}\" has unix=, which a remote service cannot have: "
                + "a socket is reached on its own machine only; give it a port");
        }

        var definition = new ServiceDefinition
        {
            Name = name,
            Kind = remote is not null ? ServiceKind.Remote : binary is null ? ServiceKind.Container : ServiceKind.Binary,
            Remote = remote,
            Binary = binary,
            Image = image,
            Build = build,
            Volumes = Volumes(call),
            PublishedPorts = Ports(call),
            Interfaces = interfaces,
            Healthcheck = Check(call, interfaces),
            Environment = Environment(call),
            Arguments = Arguments(call),
            DependsOn = Dependencies(call),
            Operations = Operations(call),
            Reuse = call.Flag("reuse", false),
            Seed = Lifecycle(call, "seed", ScopeKind.Seed),
            Reset = Lifecycle(call, "reset", ScopeKind.Reset),
            Seccomp = call.Flag("seccomp", true),
            AllowIoUring = call.Flag("io_uring", false),
            NondeterministicOk = DeterminismBuiltin.Categories(call, "nondeterministic_ok"),
            Position = call.Position,
        };
        Warn(call.Scope, definition);
        var service = new ServiceValue(definition, call.Scope.Registry);
        call.Scope.Registry.Add(service);
        return Value.Of(service);
    }

    private static (string? Binary, string? Image, string? Build, List<InterfaceDefinition> Interfaces) Parts(in BuiltinCall call)
    {
        var binary = call.OptionalText("binary");
        var image = call.OptionalText("image");
        var build = call.OptionalText("build");
        var isRemote = call.Has("remote");
        var sources = new[] { binary, image, build }.Count(s => s is not null) + (isRemote ? 1 : 0);
        var interfaces = new List<InterfaceDefinition>();
        for (var i = 0; i < call.Rest.Length; i++)
        {
            var part = call.Rest[i];
            if (part.TryGetString(out var path))
            {
                sources++;
                binary ??= path;
            }
            else if (part.Is<InterfaceValue>(out var declared))
            {
                if (interfaces.Any(d => d.Name == declared.Definition.Name))
                {
                    throw call.Error($"two interfaces are named \"{declared.Definition.Name}\"");
                }

                interfaces.Add(declared.Definition);
            }
            else
            {
                throw call.Error($"positional argument {i + 2} must be the program path or an interface(), got {part.TypeName}");
            }
        }

        if (sources > 1)
        {
            throw call.Error($"service() accepts only one of binary, image=, build= and remote=, got {sources}");
        }

        return string.IsNullOrEmpty(binary ?? image ?? build) && !isRemote
            ? throw call.Error("service() requires one of: binary (second positional argument or binary=), image=, build=, or remote=")
            : (binary, image, build, interfaces);
    }

    private static void RefuseContainerKeywords(in BuiltinCall call, string name, string? binary)
    {
        foreach (var keyword in (ReadOnlySpan<string>)["volumes", "ports"])
        {
            if (binary is not null && call.Has(keyword))
            {
                throw call.Error($"service \"{name}\": {keyword}= is not supported on a binary, only with image= or build=");
            }
        }
    }

    private static List<KeyValuePair<string, string>> Volumes(in BuiltinCall call)
    {
        var volumes = new List<KeyValuePair<string, string>>();
        foreach (var (key, value) in call.Entries("volumes"))
        {
            volumes.Add(key.TryGetString(out var source) && source.Length > 0 && value.TryGetString(out var target) && target.StartsWith('/')
                ? new(source, target)
                : throw call.Error($"volumes: write \"host path or volume name\": \"/path/inside\", got {key.Repr()}: {value.Repr()}"));
        }

        return volumes;
    }

    private static Dictionary<int, int> Ports(in BuiltinCall call)
    {
        var ports = new Dictionary<int, int>();
        foreach (var (key, value) in call.Entries("ports"))
        {
            if (!key.TryGetInt(out var inside) || inside < 1 || inside > 65535 || !value.TryGetInt(out var outside) || outside < 0 || outside > 65535)
            {
                throw call.Error($"ports: write container port: host port (0 to let Faultbox choose), got {key.Repr()}: {value.Repr()}");
            }

            ports[(int)inside] = (int)outside;
        }

        return ports;
    }

    private static Healthcheck? Check(in BuiltinCall call, List<InterfaceDefinition> interfaces)
    {
        if (!call.Has("healthcheck"))
        {
            return null;
        }

        var check = call.Object<HealthcheckValue>("healthcheck", "a healthcheck (tcp, http, ready, udp_ready or wait_until)").Check;
        if (check is UdpHealthcheck udp)
        {
            UdpReadyBuiltin.Verify(call, udp, interfaces);
        }

        if (check is ProtocolHealthcheck { All: false } ready)
        {
            var names = string.Join(", ", interfaces.Select(i => $"\"{i.Name}\""));
            if (interfaces.Count == 0)
            {
                throw call.Error("healthcheck = ready() needs an interface() to ask");
            }

            if (ready.Interface is { } wanted && interfaces.All(i => i.Name != wanted))
            {
                throw call.Error($"healthcheck = ready(interface = \"{wanted}\") names no interface of the service; declared: {names}");
            }

            if (ready.Interface is null && interfaces.Count > 1 && interfaces.All(i => i.Name != "default"))
            {
                throw call.Error($"healthcheck = ready() cannot choose between {names}; write ready(interface = \"{interfaces[0].Name}\") or ready(all = True)");
            }
        }

        return check;
    }

    private static List<KeyValuePair<string, string>> Environment(in BuiltinCall call)
    {
        var environment = new List<KeyValuePair<string, string>>();
        foreach (var (key, value) in call.Entries("env"))
        {
            if (!key.TryGetString(out var name) || name.Length == 0 || name.Contains('='))
            {
                throw call.Error($"env: a variable name must be a string without \"=\", got {key.Repr()}");
            }

            var text = value.TryGetString(out var written) ? written
                : value.TypeName == "int" ? value.ToString()
                : throw call.Error($"env[\"{name}\"] must be string or int, got {value.TypeName}");
            RefuseZero(call, $"env[\"{name}\"]", text);
            RefusePieces(call, $"env[\"{name}\"]", text);
            environment.Add(new(name, text));
        }

        return environment;
    }

    private static List<string> Arguments(in BuiltinCall call)
    {
        var arguments = new List<string>();
        foreach (var item in call.Items("args"))
        {
            if (!item.TryGetString(out var text))
            {
                throw call.Error($"args[{arguments.Count}] must be string, got {item.TypeName}");
            }

            RefuseZero(call, $"args[{arguments.Count}]", text);
            RefusePieces(call, $"args[{arguments.Count}]", text);
            arguments.Add(text);
        }

        return arguments;
    }

    private static void RefuseZero(in BuiltinCall call, string where, string text)
    {
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            throw call.Error($"{where} contains a zero byte, which no program can be given");
        }
    }

    private static void RefusePieces(in BuiltinCall call, string where, string text)
    {
        if (Placeholders.FindPiece(text, call.Scope.Registry.Interfaces) is { } piece)
        {
            throw new SpecException(
                $"{call.Label}: {where} contains \"{piece}\", a piece of an address that is known only when the test runs; use .proxy_host and .proxy_port instead of cutting .proxy_addr",
                "PLACEHOLDER_SPLIT");
        }
    }

    private static List<string> Dependencies(in BuiltinCall call)
    {
        var names = new List<string>();
        foreach (var item in call.Items("depends_on"))
        {
            var name = item.Is<ServiceValue>(out var service) ? service.Name
                : item.TryGetString(out var text) ? text
                : throw call.Error($"depends_on[{names.Count}] must be a service or a name, got {item.TypeName}");
            names.Add(name);
        }

        return [.. names.Distinct()];
    }

    private static Dictionary<string, SyscallOperation> Operations(in BuiltinCall call)
    {
        var operations = new Dictionary<string, SyscallOperation>(StringComparer.Ordinal);
        foreach (var (key, value) in call.Entries("ops"))
        {
            if (!key.TryGetString(out var name) || name.Length == 0)
            {
                throw call.Error($"ops: an operation name must be a string, got {key.Repr()}");
            }

            operations[name] = value.Is<OpValue>(out var op)
                ? op.Operation
                : throw call.Error($"ops[\"{name}\"] must be op(), got {value.TypeName}");
        }

        return operations;
    }

    private static SpecCallback? Lifecycle(in BuiltinCall call, string parameter, ScopeKind kind) =>
        call.Callable(parameter) is { } callable
            ? SpecCallbacks.Create(call.Scope.Registry, kind, callable, call.Position)
            : null;

    private static void Warn(SpecScope scope, ServiceDefinition service)
    {
        if (service.Reuse && service.Seed is null && service.Reset is null)
        {
            scope.Report(new Diagnostic(
                "REUSE_WITHOUT_RESET", $"service \"{service.Name}\" is reused between tests without seed= or reset=: its state leaks from test to test")
            {
                Service = service.Name,
                Position = service.Position,
            });
        }

        if (service.Healthcheck is null)
        {
            scope.Report(new Diagnostic("NO_HEALTHCHECK", $"service \"{service.Name}\" has no healthcheck: tests may talk to it before it listens")
            {
                Service = service.Name,
                Position = service.Position,
            });
        }
    }
}
