using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Tcp.Proxy;

/// <summary>Relays bytes and applies rules that know nothing about them but how a connection begins and what a chunk contains.</summary>
internal sealed class TcpRelay : IConnectionRelay
{
    /// <inheritdoc/>
    public Task<ConnectionEnd> RelayAsync(ProxyConnection connection, CancellationToken cancellation) =>
        new TcpConversation(connection).RunAsync(cancellation);
}
