namespace Faultbox.Core.Topology;

/// <summary>A readiness gate. <see cref="Timeout"/> bounds the whole check.</summary>
public abstract record Healthcheck
{
    /// <summary>Bound of the whole check, positive.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>Short name for progress lines, for example <c>tcp</c> or <c>wait_until</c>.</summary>
    public abstract string Kind { get; }
}

/// <summary>Ready when a TCP connection is accepted.</summary>
/// <param name="Address"><c>host:port</c>.</param>
public sealed record TcpHealthcheck(string Address) : Healthcheck
{
    /// <inheritdoc/>
    public override string Kind => "tcp";
}

/// <summary>Ready when a GET is answered with an accepted status.</summary>
/// <param name="Url">Absolute URL.</param>
/// <param name="ExpectStatus">Accepted statuses; empty means 200 to 399.</param>
public sealed record HttpHealthcheck(string Url, IReadOnlyList<int> ExpectStatus) : Healthcheck
{
    /// <summary>How the server of an <c>https</c> URL is verified; null for the authorities of the system.</summary>
    public TlsDefinition? Tls { get; init; }

    /// <inheritdoc/>
    public override string Kind => "http";
}

/// <summary>Ready when the protocol of an interface answers.</summary>
/// <param name="Interface">Interface to probe; null means the only one or the one named <c>default</c>.</param>
/// <param name="All">True to probe every interface.</param>
/// <param name="Path">Request path for HTTP; null means <c>/</c> and any status below 500.</param>
public sealed record ProtocolHealthcheck(string? Interface, bool All, string? Path) : Healthcheck
{
    /// <inheritdoc/>
    public override string Kind => "ready";
}

/// <summary>Ready when a question in a datagram is answered.</summary>
/// <param name="Question">The datagram that is sent.</param>
/// <param name="Reply">What the reply begins with; empty for any reply.</param>
/// <param name="Interface">Interface to ask; null means the only one of protocol <c>udp</c> or the one of these named <c>default</c>.</param>
public sealed record UdpHealthcheck(ReadOnlyMemory<byte> Question, ReadOnlyMemory<byte> Reply, string? Interface) : Healthcheck
{
    /// <summary>The protocol that is asked.</summary>
    public const string Protocol = "udp";

    /// <inheritdoc/>
    public override string Kind => "udp_ready";

    /// <summary>The interface of a service that is asked; null when none is named, or when more than one could be.</summary>
    public InterfaceDefinition? Target(IEnumerable<InterfaceDefinition> interfaces)
    {
        var candidates = interfaces.Where(i => i.Protocol == Protocol).ToList();
        return Interface is null && candidates is [var only] ? only : candidates.Find(i => i.Name == (Interface ?? "default"));
    }
}

/// <summary>Ready when a condition of the specification is truthy.</summary>
/// <param name="Condition">Callable without arguments.</param>
/// <param name="Interval">Pause between attempts.</param>
public sealed record ConditionHealthcheck(SpecCallback Condition, TimeSpan Interval) : Healthcheck
{
    /// <inheritdoc/>
    public override string Kind => "wait_until";
}
