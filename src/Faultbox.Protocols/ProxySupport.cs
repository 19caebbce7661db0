using Faultbox.Core.Proxying;
using Faultbox.Core.Topology;
using Faultbox.Protocols.Protobuf;
using Faultbox.Protocols.Relay;
using Faultbox.Protocols.Tls;

namespace Faultbox.Protocols;

/// <summary>What the proxy of a protocol can do: rules that it cannot honour are refused where they meet the interface.</summary>
public sealed record ProxySupport
{
    /// <summary>Actions, in documentation order.</summary>
    public required IReadOnlyList<ProxyAction> Actions { get; init; }

    /// <summary>Matcher keywords that the protocol fills, in documentation order, for example <c>method</c> and <c>path</c>.</summary>
    public required IReadOnlyList<string> Matchers { get; init; }

    /// <summary>Ways in which it can drop.</summary>
    public IReadOnlyList<DropMode> DropModes { get; init; } = [DropMode.Default];

    /// <summary>Other keywords of rules that it honours, for example <c>phase</c> or <c>headers</c>.</summary>
    public IReadOnlyList<string> Keywords { get; init; } = [];

    /// <summary>True when interfaces of the protocol may have <c>tls=</c>.</summary>
    public bool Tls { get; init; }

    /// <summary>Application protocols offered to clients and to the upstream under TLS; empty for no negotiation.</summary>
    public IReadOnlyList<string> ApplicationProtocols { get; init; } = [];

    /// <summary>Says what is wrong with a rule's values for this protocol; null when nothing is.</summary>
    public Func<ProxyFault, string?> Check { get; init; } = _ => null;

    /// <summary>
    /// Encodes the answer of a rule by the types of its interface: takes the rule and the types, null when there are none. Null for a protocol
    /// without types.
    /// </summary>
    /// <exception cref="ProtobufException">The answer does not fit.</exception>
    public Func<ProxyFault, SchemaFile?, ProxyFault>? Encode { get; init; }

    /// <summary>Relays connections; null for a datagram protocol.</summary>
    internal IConnectionRelay? Connections { get; init; }

    /// <summary>Makes the proxy of a datagram protocol; null for one with connections.</summary>
    internal Func<ProxyPlace, InterfaceProxy>? Datagrams { get; init; }

    private ProxyPlace WithTls(ProxyPlace place) => place.Tls is { } tls
        ? place with { Stages = [new TlsStage(tls.Definition, ApplicationProtocols, tls.ServiceHost, tls.Issue), .. place.Stages] }
        : place;

    /// <summary>Binds the ports of a proxy; nothing listens yet.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">A port could not be bound.</exception>
    public InterfaceProxy Reserve(ProxyPlace place) =>
        Connections is { } relay ? new StreamProxy(WithTls(place), relay)
        : Datagrams is { } datagrams ? datagrams(place)
        : throw new InvalidOperationException($"{place.Protocol} has a proxy that relays nothing");
}
