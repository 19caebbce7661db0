using Faultbox.Core.Topology;
using Faultbox.Protocols.Grpc.Client;
using Faultbox.Protocols.Protobuf;
using Faultbox.Protocols.Tls;

namespace Faultbox.Protocols;

/// <summary>
/// The service behind an interface as steps know it: its own address, past any proxy, and the types of its messages. Questions about the
/// service go there, so that no rule of a test meets them; their answers are kept.
/// </summary>
/// <param name="host">Host of the service itself.</param>
/// <param name="port">Port of the service itself.</param>
public sealed class StepService(string host, int port)
{
    private readonly Lock _gate = new();
    private ReflectedTypes? _types;

    /// <summary>TLS of the service; null for a plain connection.</summary>
    public TlsTrust? Tls { get; init; }

    /// <summary>The types of its messages as the specification gives them; null when the service is asked.</summary>
    public SchemaFile? Schema { get; init; }

    /// <summary><c>host:port</c>.</summary>
    internal string Authority => GrpcCall.AuthorityOf(host, port);

    /// <summary>The types of its messages when they are known without asking; null when they are not.</summary>
    internal DescriptorPool? KnownTypes
    {
        get
        {
            lock (_gate)
            {
                return (_types ??= Schema is { } file ? new ReflectedTypes(DescriptorPool.FromSet(file.Content.Span), Failure: null) : null)?.Pool;
            }
        }
    }

    /// <summary>The types of its messages; the service is asked once, and again only when it could not be reached.</summary>
    internal ReflectedTypes Types(TimeSpan timeout, CancellationToken cancellation)
    {
        if (KnownTypes is { } known)
        {
            return new ReflectedTypes(known, Failure: null);
        }

        lock (_gate)
        {
            if (_types is { } told)
            {
                return told;
            }

            var types = ServerReflection.AskAsync(this, timeout, cancellation).GetAwaiter().GetResult();
            _types = types.Failure is null ? types : null;
            return types;
        }
    }
}
