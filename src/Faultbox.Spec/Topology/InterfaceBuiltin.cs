using System.Numerics;
using System.Text;
using Faultbox.Core.Diagnostics;
using Faultbox.Core.Topology;
using Faultbox.Protocols;
using Faultbox.Protocols.Protobuf;
using Faultbox.Spec.Files;
using Faultbox.Spec.Registry;
using Faultbox.Spec.Values;
using Starlark;
using NearestName = Faultbox.Core.Matching.NearestName;

namespace Faultbox.Spec.Topology;

/// <summary><c>interface()</c>.</summary>
internal static class InterfaceBuiltin
{
    /// <summary>Bytes of <c>sun_path</c> without its terminating zero (unix(7)).</summary>
    private const int LongestSocketPath = 107;

    /// <summary>HTTP whose interface has TLS.</summary>
    private const string Https = "https";

    /// <summary>The declaration.</summary>
    public static BuiltinDeclaration Interface { get; } = new(
        "interface",
        "Declares an endpoint of a service: protocol and port.",
        Run,
        ParameterDeclaration.Required("name", "string", "Name, the attribute by which the service gives access to it."),
        ParameterDeclaration.Required("protocol", "string", "Protocol, such as \"http\" or \"tcp\"; \"https\" is \"http\" with tls = tls_cert()."),
        ParameterDeclaration.Required("port", "int", "Port, 1 to 65535; 0 with unix."),
        ParameterDeclaration.Keyword("unix", "string", "None", "Absolute path of the unix socket on which a program of this host or a container listens; its proxy has a socket of its own for each consumer."),
        ParameterDeclaration.Keyword("tls", "tls_cert", "None", "TLS of the endpoint; its proxy, steps and readiness speak it."),
        ParameterDeclaration.Keyword("spec", "string", "None", "FileDescriptorSet with the types of a grpc interface; without it the service is asked by reflection."),
        ParameterDeclaration.Keyword("host_header", "string", "\"upstream\"", "Of a remote service: \"upstream\" names it where clients name its proxy, \"client\" passes their host on as they send it."))
    {
        Sandbox = SandboxRule.Forbidden,
        Returns = "interface",
        Unsupported = ["capture", "advertise", "nodes", "redact"],
    };

    private static Value Run(in BuiltinCall call)
    {
        var name = call.Text("name");
        if (name.Length == 0)
        {
            throw call.Error("name must not be empty");
        }

        var protocol = call.Text("protocol");
        var isSecure = protocol == Https;
        if (isSecure)
        {
            protocol = "http";
        }

        if (!ProtocolNames.Known.Contains(protocol))
        {
            call.Scope.Report(new Diagnostic(
                "UNKNOWN_PROTOCOL",
                $"interface \"{name}\" declares the unknown protocol \"{protocol}\"{NearestName.Suggestion(protocol, [.. ProtocolNames.Known, Https])}")
            {
                Position = call.Position,
            });
        }

        if (!call["port"].TryGetInt(out var port) || call["port"].TypeName != "int")
        {
            throw call.WrongType("port", "int", call["port"]);
        }

        var path = ReadSocketPath(call, protocol, port);
        return path is not null || (port >= 1 && port <= 65535)
            ? Value.Of(new InterfaceValue(new InterfaceDefinition(name, protocol, (int)port) { SocketPath = path, Tls = ReadTls(call, protocol) ?? (isSecure ? new TlsDefinition() : null), Schema = ReadSchema(call, protocol), KeepsHost = KeepsHost(call) }))
            : throw call.Error($"port must be between 1 and 65535, got {port}");
    }

    private static bool KeepsHost(in BuiltinCall call) => call.OptionalText("host_header") switch
    {
        null or "upstream" => false,
        "client" => true,
        var other => throw call.Error($"host_header must be \"upstream\" or \"client\", got \"{other}\""),
    };

    private static string? ReadSocketPath(in BuiltinCall call, string protocol, BigInteger port)
    {
        if (call.OptionalText("unix") is not { } path)
        {
            return null;
        }

        if (protocol == "udp" || ProtocolRegistry.ProxyOf(protocol) is null)
        {
            throw call.Error($"unix= is not possible with protocol \"{protocol}\"");
        }

        return port != 0 ? throw call.Error($"port must be 0 with unix=, got {port}: the endpoint is the socket")
            : !path.StartsWith('/') || path.EndsWith('/') ? throw call.Error($"unix must be an absolute path of a socket, got \"{path}\"")
            : Encoding.UTF8.GetByteCount(path) > LongestSocketPath
            ? throw call.Error($"unix: the system takes socket paths of at most {LongestSocketPath} bytes, got {Encoding.UTF8.GetByteCount(path)}")
            : path;
    }

    private static TlsDefinition? ReadTls(in BuiltinCall call, string protocol)
    {
        if (!call.Has("tls"))
        {
            return null;
        }

        var tls = call["tls"].Is<TlsValue>(out var value) ? value.Definition : throw call.WrongType("tls", "tls_cert(...)", call["tls"]);
        return ProtocolRegistry.ProxyOf(protocol) is { Tls: true }
            ? tls
            : throw call.Error($"tls= is not possible with protocol \"{protocol}\"");
    }

    private static SchemaFile? ReadSchema(in BuiltinCall call, string protocol)
    {
        if (!call.Has("spec"))
        {
            return null;
        }

        if (protocol != "grpc")
        {
            throw call.Error($"spec= is not possible with protocol \"{protocol}\": it gives the types of grpc");
        }

        var path = call.Text("spec");
        var content = FileBuiltins.Read(call, "spec");
        try
        {
            DescriptorPool.FromSet(content);
        }
        catch (ProtobufException e)
        {
            throw call.Error($"spec \"{path}\": {e.Message}");
        }

        return new SchemaFile(path, content);
    }
}
