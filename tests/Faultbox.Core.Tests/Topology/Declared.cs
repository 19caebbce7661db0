using Faultbox.Core.Topology;

namespace Faultbox.Core.Tests.Topology;

/// <summary>Service declarations in few words.</summary>
internal static class Declared
{
    public static ServiceDefinition Service(
        string name, int port = 0, string[]? after = null, ServiceKind kind = ServiceKind.Binary, params (string Name, string Value)[] env) => new()
        {
            Name = name,
            Kind = kind,
            Interfaces = port == 0 ? [] : [new InterfaceDefinition("main", "tcp", port)],
            DependsOn = after ?? [],
            Environment = [.. env.Select(e => KeyValuePair.Create(e.Name, e.Value))],
            Position = new SourcePosition("shop.star", 1, 1),
        };
}
