using Faultbox.Core.Faults;

namespace Faultbox.Core.Topology;

/// <summary>What a service is made of.</summary>
public enum ServiceKind
{
    /// <summary>A program of this host.</summary>
    Binary,

    /// <summary>A container of an image or a build context.</summary>
    Container,

    /// <summary>An endpoint that Faultbox does not own.</summary>
    Remote,

    /// <summary>An in-process stand-in.</summary>
    Mock,
}

/// <summary>A declared service: immutable, made while the specification loads.</summary>
public sealed record ServiceDefinition
{
    /// <summary>Identity in events, variables and vector clocks.</summary>
    public required string Name { get; init; }

    /// <summary>Kind of the service.</summary>
    public required ServiceKind Kind { get; init; }

    /// <summary>Program path as written, for <see cref="ServiceKind.Binary"/>.</summary>
    public string? Binary { get; init; }

    /// <summary>Image reference, for <see cref="ServiceKind.Container"/>; null when it is built from <see cref="Build"/>.</summary>
    public string? Image { get; init; }

    /// <summary>Directory of the build context as written, for <see cref="ServiceKind.Container"/>.</summary>
    public string? Build { get; init; }

    /// <summary>Where its interfaces are, for <see cref="ServiceKind.Remote"/>.</summary>
    public RemoteDefinition? Remote { get; init; }

    /// <summary>What is mounted into a container: host side as written, and the path inside, perhaps with <c>:ro</c>.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Volumes { get; init; } = [];

    /// <summary>Host ports of published container ports; 0 for one that is chosen for the run.</summary>
    public IReadOnlyDictionary<int, int> PublishedPorts { get; init; } = new Dictionary<int, int>();

    /// <summary>Arguments after the program name; those of a container replace the command of its image.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Declared environment, in the order of the specification.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Environment { get; init; } = [];

    /// <summary>Declared endpoints, in order.</summary>
    public IReadOnlyList<InterfaceDefinition> Interfaces { get; init; } = [];

    /// <summary>Names of services that must be ready before this one starts.</summary>
    public IReadOnlyList<string> DependsOn { get; init; } = [];

    /// <summary>Readiness gate, or null when launching is enough.</summary>
    public Healthcheck? Healthcheck { get; init; }

    /// <summary>Named system-call groups that may be used as fault keywords.</summary>
    public IReadOnlyDictionary<string, SyscallOperation> Operations { get; init; } = new Dictionary<string, SyscallOperation>();

    /// <summary>False when the specification opted out of interception.</summary>
    public bool Seccomp { get; init; } = true;

    /// <summary>Sources of nondeterminism that are tolerated of this service.</summary>
    public IReadOnlyList<string> NondeterministicOk { get; init; } = [];

    /// <summary>True when ring based I/O stays available to the service.</summary>
    public bool AllowIoUring { get; init; }

    /// <summary>True when the service keeps running between tests.</summary>
    public bool Reuse { get; init; }

    /// <summary>Initializes state after readiness; null when not declared.</summary>
    public SpecCallback? Seed { get; init; }

    /// <summary>Re-initializes state between tests of a reused service; null when not declared.</summary>
    public SpecCallback? Reset { get; init; }

    /// <summary>Where the service was declared.</summary>
    public required SourcePosition Position { get; init; }

    /// <summary>Finds an interface by name.</summary>
    public InterfaceDefinition? FindInterface(string name) => Interfaces.FirstOrDefault(i => i.Name == name);
}

/// <summary>A declared endpoint of a service.</summary>
/// <param name="Name">Name, unique within the service.</param>
/// <param name="Protocol">Protocol name such as <c>http</c> or <c>tcp</c>.</param>
/// <param name="Port">TCP or UDP port, 1 to 65535; 0 for an endpoint on a unix socket.</param>
public sealed record InterfaceDefinition(string Name, string Protocol, int Port)
{
    /// <summary>Absolute path of the unix socket that the service listens on; null for an endpoint on a port.</summary>
    public string? SocketPath { get; init; }

    /// <summary>TLS of the endpoint; null for plain connections.</summary>
    public TlsDefinition? Tls { get; init; }

    /// <summary>Types of its messages; null when none are given.</summary>
    public SchemaFile? Schema { get; init; }

    /// <summary>True when a host by which clients name the proxy reaches a remote service as they sent it.</summary>
    public bool KeepsHost { get; init; }
}

/// <summary>A file that describes the messages of an interface.</summary>
/// <param name="Path">Path as the specification gives it.</param>
/// <param name="Content">Its bytes.</param>
public sealed record SchemaFile(string Path, ReadOnlyMemory<byte> Content);

/// <summary>Names one interface of one service.</summary>
/// <param name="Service">Service name.</param>
/// <param name="Interface">Interface name.</param>
public readonly record struct InterfaceAddress(string Service, string Interface)
{
    /// <summary><c>service.interface</c>.</summary>
    public override string ToString() => $"{Service}.{Interface}";
}
