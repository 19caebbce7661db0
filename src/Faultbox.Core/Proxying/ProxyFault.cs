using Faultbox.Core.Faults;

namespace Faultbox.Core.Proxying;

/// <summary>What a rule does to a message.</summary>
public enum ProxyAction
{
    /// <summary>Answers without forwarding.</summary>
    Respond,

    /// <summary>Answers with an error of the protocol without forwarding.</summary>
    Error,

    /// <summary>Waits, then goes on.</summary>
    Delay,

    /// <summary>Closes or discards.</summary>
    Drop,

    /// <summary>Delivers twice.</summary>
    Duplicate,

    /// <summary>Damages the stream of a connection; see <see cref="ProxyFault.Wire"/>.</summary>
    Wire,

    /// <summary>Disturbs the TLS handshake with a client; see <see cref="ProxyFault.Tls"/>.</summary>
    Tls,

    /// <summary>Damages, repeats or reorders datagrams; see <see cref="ProxyFault.Datagram"/>.</summary>
    Datagram,

    /// <summary>Damages the messages of HTTP; see <see cref="ProxyFault.Http"/>.</summary>
    Http,

    /// <summary>Damages the answers of gRPC calls; see <see cref="ProxyFault.Grpc"/>.</summary>
    Grpc,
}

/// <summary>How a message is dropped.</summary>
public enum DropMode
{
    /// <summary>The protocol's own way.</summary>
    Default,

    /// <summary>The connection ends in order.</summary>
    Close,

    /// <summary>The connection, or the stream of the message, is reset.</summary>
    Reset,

    /// <summary>No byte is sent; the connection is held until the window ends.</summary>
    Blackhole,

    /// <summary>Only the message is discarded (brokers).</summary>
    Message,

    /// <summary>Only the acknowledgement is discarded (brokers).</summary>
    Acknowledgement,
}

/// <summary>Direction of traffic.</summary>
[Flags]
public enum TrafficDirection
{
    /// <summary>From the client to the service.</summary>
    ClientToServer = 1,

    /// <summary>From the service to the client.</summary>
    ServerToClient = 2,

    /// <summary>Both.</summary>
    Both = ClientToServer | ServerToClient,
}

/// <summary>A rule on messages as a specification makes it: immutable and reusable in any number of windows.</summary>
public sealed record ProxyFault
{
    /// <summary>What it does.</summary>
    public required ProxyAction Action { get; init; }

    /// <summary>Which messages it covers.</summary>
    public MessageMatcher Matcher { get; init; } = MessageMatcher.Everything;

    /// <summary>Status as written: a number, or the name of a gRPC code; null for the protocol's default.</summary>
    public string? Status { get; init; }

    /// <summary>Body of an answer; null when not given.</summary>
    public ReadOnlyMemory<byte>? Body { get; init; }

    /// <summary>True when <see cref="Body"/> is JSON of a value: a protocol with types of its own encodes it by them.</summary>
    public bool IsJsonBody { get; init; }

    /// <summary>Text of an error; null when not given.</summary>
    public string? Message { get; init; }

    /// <summary>The protocol's own error or reset code as written; null when not given.</summary>
    public string? Code { get; init; }

    /// <summary>Fields of an answer, in order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Content type of an answer; null for the protocol's default.</summary>
    public string? ContentType { get; init; }

    /// <summary>Wait before the action; the whole action of <see cref="ProxyAction.Delay"/>.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>How a drop is done.</summary>
    public DropMode DropMode { get; init; }

    /// <summary>True when the request is forwarded and executed and its answer is replaced by the action.</summary>
    public bool OnResponse { get; init; }

    /// <summary>Direction of the messages (datagrams).</summary>
    public TrafficDirection Direction { get; init; } = TrafficDirection.ClientToServer;

    /// <summary>Stream fault of <see cref="ProxyAction.Wire"/>; null for the others.</summary>
    public WireFault? Wire { get; init; }

    /// <summary>Fault of <see cref="ProxyAction.Tls"/>; null for the others.</summary>
    public TlsFault? Tls { get; init; }

    /// <summary>Fault of <see cref="ProxyAction.Datagram"/>; null for the others.</summary>
    public DatagramFault? Datagram { get; init; }

    /// <summary>Fault of <see cref="ProxyAction.Http"/>; null for the others.</summary>
    public HttpFault? Http { get; init; }

    /// <summary>Fault of <see cref="ProxyAction.Grpc"/>; null for the others.</summary>
    public GrpcFault? Grpc { get; init; }

    /// <summary>True when the rule changes the answer of the service on its way, instead of putting another one in its place.</summary>
    public bool ChangesAnswer => Grpc is not null || Http is not (null or HttpHeaders { OnRequest: true } or HttpReplay or HttpGoAway);

    /// <summary>True when the rule acts on the answer of the service: the request is forwarded and executed.</summary>
    public bool ActsOnAnswer => OnResponse || ChangesAnswer;

    /// <summary>Chance of firing, 0 to 1.</summary>
    public double Probability { get; init; } = 1;

    /// <summary>Name shown in traces; also the key of the random draws.</summary>
    public string? Label { get; init; }

    /// <summary>Which matches are due.</summary>
    public Trigger Trigger { get; init; } = Trigger.Always;

    /// <summary>Occurrences that a plan enumerates; null when the rule is no axis.</summary>
    public int? MaxFires { get; init; }

    /// <summary>True when occurrences are enumerated instead of drawn.</summary>
    public bool Exhaustive { get; init; }

    /// <summary>Name of the only consumer whose traffic is covered; null for every consumer.</summary>
    public string? Source { get; init; }
}

/// <summary>A rule in a window.</summary>
/// <param name="Fault">The rule.</param>
/// <param name="Position">Where the window was written.</param>
public sealed record ProxyRule(ProxyFault Fault, SourcePosition Position);
