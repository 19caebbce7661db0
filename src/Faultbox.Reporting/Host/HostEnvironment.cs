namespace Faultbox.Reporting.Host;

/// <summary>Where a run took place. Every part is best effort and null or empty when it could not be learned.</summary>
public sealed record HostEnvironment
{
    /// <summary>Operating system, <c>linux</c>.</summary>
    public string? OperatingSystem { get; init; }

    /// <summary>Architecture, <c>amd64</c> or <c>arm64</c>.</summary>
    public string? Architecture { get; init; }

    /// <summary>Kernel release.</summary>
    public string? Kernel { get; init; }

    /// <summary>Version of the Docker client or engine.</summary>
    public string? DockerVersion { get; init; }

    /// <summary>Surroundings such as <c>ci</c>, <c>k8s</c>, <c>lima</c> or <c>wsl</c>.</summary>
    public IReadOnlyList<string> Hints { get; init; } = [];

    /// <summary>Program path as written to what built or runs it, for example <c>go1.24.2</c>.</summary>
    public IReadOnlyDictionary<string, string> Toolchains { get; init; } = new SortedDictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Program path as written to the hexadecimal SHA-256 of its file.</summary>
    public IReadOnlyDictionary<string, string> Binaries { get; init; } = new SortedDictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Image reference to the digest that was run.</summary>
    public IReadOnlyDictionary<string, string> Images { get; init; } = new SortedDictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Endpoints that Faultbox did not own.</summary>
    public IReadOnlyList<RemoteEndpoint> Remotes { get; init; } = [];

    /// <summary>Logical processors.</summary>
    public int? Processors { get; init; }

    /// <summary>Memory of the host in MiB.</summary>
    public long? MemoryMebibytes { get; init; }

    /// <summary>Control group of the process.</summary>
    public string? ControlGroup { get; init; }

    /// <summary>Privileges of the process: <c>cap_eff</c>, <c>seccomp</c>, <c>ptrace_scope</c>.</summary>
    public IReadOnlyDictionary<string, string> Privileges { get; init; } = new SortedDictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Features the run used.</summary>
    public IReadOnlyList<string> Features { get; init; } = [];

    /// <summary>Go releases among the toolchains, sorted and joined by commas; null without any.</summary>
    public string? GoToolchain =>
        string.Join(",", Toolchains.Values.Where(t => t.StartsWith("go1", StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal))
            is { Length: > 0 } joined ? joined : null;
}

/// <summary>An endpoint that Faultbox did not own.</summary>
/// <param name="Service">Service name.</param>
/// <param name="Interface">Interface name.</param>
/// <param name="Host">Host with port.</param>
/// <param name="Protocol">Protocol name.</param>
/// <param name="ResolvedAt">When the name was resolved, UTC.</param>
public sealed record RemoteEndpoint(string Service, string Interface, string Host, string Protocol, DateTime ResolvedAt);
