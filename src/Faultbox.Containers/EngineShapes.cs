using System.Text.Json.Serialization;

namespace Faultbox.Containers;

/// <summary>Body of <c>POST /containers/create</c>; null members are left out (Docker Engine API 1.41).</summary>
public sealed record ContainerRequest
{
    /// <summary>Image reference.</summary>
    public required string Image { get; init; }

    /// <summary>Host name inside the container.</summary>
    public string? Hostname { get; init; }

    /// <summary><c>NAME=value</c> entries, added to the image's.</summary>
    public IReadOnlyList<string>? Env { get; init; }

    /// <summary>Replaces the image's entry point, and with it the image's command.</summary>
    public IReadOnlyList<string>? Entrypoint { get; init; }

    /// <summary>Replaces the image's command.</summary>
    public IReadOnlyList<string>? Cmd { get; init; }

    /// <summary>Ports such as <c>80/tcp</c>.</summary>
    public IReadOnlyDictionary<string, Empty>? ExposedPorts { get; init; }

    /// <summary>Labels.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>What the host gives to the container.</summary>
    public required HostConfiguration HostConfig { get; init; }

    /// <summary>Networks it joins.</summary>
    public NetworkingConfiguration? NetworkingConfig { get; init; }
}

/// <summary>The empty object.</summary>
public sealed record Empty;

/// <summary>What the host gives to a container.</summary>
public sealed record HostConfiguration
{
    /// <summary><c>host:container[:ro]</c>.</summary>
    public IReadOnlyList<string>? Binds { get; init; }

    /// <summary><c>name:address</c> lines of the container's hosts file.</summary>
    public IReadOnlyList<string>? ExtraHosts { get; init; }

    /// <summary>Host ports by container port such as <c>80/tcp</c>.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<PortBinding>>? PortBindings { get; init; }

    /// <summary>Security options.</summary>
    public IReadOnlyList<string>? SecurityOpt { get; init; }

    /// <summary>Name of the network it joins first.</summary>
    public string? NetworkMode { get; init; }
}

/// <summary>A published port.</summary>
/// <param name="HostIp">Address on the host.</param>
/// <param name="HostPort">Port on the host, in decimal.</param>
public sealed record PortBinding(string HostIp, string HostPort);

/// <summary>Networks a container joins.</summary>
/// <param name="EndpointsConfig">Settings by network name.</param>
public sealed record NetworkingConfiguration(IReadOnlyDictionary<string, EndpointConfiguration> EndpointsConfig);

/// <summary>A container in a network.</summary>
/// <param name="Aliases">Names by which others in the network find it.</param>
public sealed record EndpointConfiguration(IReadOnlyList<string> Aliases);

/// <summary>A created object.</summary>
/// <param name="Id">Its identifier.</param>
public sealed record Created(string Id);

/// <summary>Body of <c>POST /networks/create</c>.</summary>
public sealed record NetworkRequest(string Name, string Driver, bool CheckDuplicate, IReadOnlyDictionary<string, string> Labels);

/// <summary>A network as it is listed.</summary>
/// <param name="Id">Identifier.</param>
/// <param name="Name">Name.</param>
/// <param name="Labels">Labels.</param>
public sealed record NetworkSummary(string Id, string Name, IReadOnlyDictionary<string, string>? Labels);

/// <summary>A container as it is listed.</summary>
public sealed record ContainerSummary
{
    /// <summary>Identifier.</summary>
    public required string Id { get; init; }

    /// <summary>Names, each with a leading slash.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>Labels.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary><c>created</c>, <c>running</c>, <c>exited</c> and so on.</summary>
    public string State { get; init; } = "";

    /// <summary>Networks it is attached to.</summary>
    public NetworkAttachments? NetworkSettings { get; init; }
}

/// <summary>Networks a container is attached to, by name.</summary>
public sealed record NetworkAttachments(IReadOnlyDictionary<string, Empty>? Networks);

/// <summary>A container as <c>GET /containers/{id}/json</c> describes it.</summary>
/// <param name="State">What it does.</param>
/// <param name="NetworkSettings">Where it is reached.</param>
public sealed record ContainerDetails(ContainerState State, NetworkEndpoints? NetworkSettings);

/// <summary>Endpoints of a container, by network.</summary>
public sealed record NetworkEndpoints(IReadOnlyDictionary<string, NetworkEndpoint>? Networks);

/// <summary>A container's endpoint in a network.</summary>
/// <param name="IPAddress">Its IPv4 address; empty while the container does not run.</param>
/// <param name="IPPrefixLen">Length of the prefix that all addresses of the network share.</param>
public sealed record NetworkEndpoint(string? IPAddress, int IPPrefixLen);

/// <summary>What a container does.</summary>
public sealed record ContainerState(bool Running, int Pid, int ExitCode, string? Error);

/// <summary>An image as <c>GET /images/{name}/json</c> describes it.</summary>
public sealed record ImageDetails
{
    /// <summary>Digest of its configuration.</summary>
    public required string Id { get; init; }

    /// <summary>Digests under which registries know it.</summary>
    public IReadOnlyList<string>? RepoDigests { get; init; }

    /// <summary>How its containers are started.</summary>
    public ImageConfiguration? Config { get; init; }

    /// <summary>The digest a registry knows it by, else that of its configuration.</summary>
    [JsonIgnore]
    public string Digest => RepoDigests is [var first, ..] && first.Contains('@') ? first[(first.IndexOf('@') + 1)..] : Id;
}

/// <summary>How the containers of an image are started.</summary>
public sealed record ImageConfiguration
{
    /// <summary>Environment entries <c>NAME=value</c>.</summary>
    public IReadOnlyList<string>? Env { get; init; }

    /// <summary>Program and first arguments.</summary>
    public IReadOnlyList<string>? Entrypoint { get; init; }

    /// <summary>Further arguments, or the program when there is no entry point.</summary>
    public IReadOnlyList<string>? Cmd { get; init; }

    /// <summary>Signal that asks it to end; null for SIGTERM.</summary>
    public string? StopSignal { get; init; }
}

/// <summary>The engine as <c>GET /info</c> describes it.</summary>
/// <param name="SecurityOptions">Such as <c>name=seccomp,profile=default</c> and <c>name=rootless</c>.</param>
public sealed record EngineDetails(IReadOnlyList<string>? SecurityOptions);

/// <summary>The end of a container.</summary>
public sealed record WaitReply(int StatusCode);

/// <summary>Why a request failed.</summary>
public sealed record Refusal(string? Message);

/// <summary>One line of the progress of a pull or a build.</summary>
public sealed record ProgressLine
{
    /// <summary>Output of a build.</summary>
    [JsonPropertyName("stream")]
    public string? Stream { get; init; }

    /// <summary>Why it failed.</summary>
    [JsonPropertyName("error")]
    public string? Error { get; init; }
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, PropertyNameCaseInsensitive = true)]
[JsonSerializable(typeof(ContainerRequest))]
[JsonSerializable(typeof(Created))]
[JsonSerializable(typeof(NetworkRequest))]
[JsonSerializable(typeof(List<NetworkSummary>))]
[JsonSerializable(typeof(List<ContainerSummary>))]
[JsonSerializable(typeof(ContainerDetails))]
[JsonSerializable(typeof(ImageDetails))]
[JsonSerializable(typeof(EngineDetails))]
[JsonSerializable(typeof(WaitReply))]
[JsonSerializable(typeof(Refusal))]
[JsonSerializable(typeof(ProgressLine))]
internal sealed partial class EngineJson : JsonSerializerContext;
