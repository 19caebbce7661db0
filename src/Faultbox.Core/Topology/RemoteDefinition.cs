namespace Faultbox.Core.Topology;

/// <summary>Where the interfaces of a service are that Faultbox does not own.</summary>
/// <param name="Written">The one <c>host</c> or <c>host:port</c> of the specification; null when it names one for each interface.</param>
/// <param name="Upstreams">Endpoint of each interface by name.</param>
public sealed record RemoteDefinition(string? Written, IReadOnlyDictionary<string, HostPort> Upstreams);
