namespace Faultbox.Core.Topology;

/// <summary>The TLS of an interface as a specification declares it. Paths are absolute.</summary>
public sealed record TlsDefinition
{
    /// <summary>Certificate that the proxy shows its clients, PEM; null to issue one.</summary>
    public string? ProxyCertificate { get; init; }

    /// <summary>Its key, PEM.</summary>
    public string? ProxyKey { get; init; }

    /// <summary>Client certificate toward the upstream, PEM; null for none.</summary>
    public string? ClientCertificate { get; init; }

    /// <summary>Its key, PEM.</summary>
    public string? ClientKey { get; init; }

    /// <summary>Authorities that verify the upstream, PEM; null for those of the system.</summary>
    public string? Authorities { get; init; }

    /// <summary>True to accept any certificate of the upstream.</summary>
    public bool Insecure { get; init; }

    /// <summary>Name asked of and verified at the upstream; null for the host that is dialed.</summary>
    public string? ServerName { get; init; }

    /// <summary>Authorities that verify certificates of clients, PEM; null for none.</summary>
    public string? ClientAuthorities { get; init; }

    /// <summary>True when clients must show a certificate.</summary>
    public bool RequireClientCertificate { get; init; }

    /// <summary>Application protocols to negotiate; null for those of the protocol.</summary>
    public IReadOnlyList<string>? ApplicationProtocols { get; init; }

    /// <summary>True when version 1.3 is the lowest, false for 1.2.</summary>
    public bool RequiresTls13 { get; init; }
}
