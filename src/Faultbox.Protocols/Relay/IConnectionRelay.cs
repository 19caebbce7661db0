namespace Faultbox.Protocols.Relay;

/// <summary>Relays accepted connections of one protocol and applies the rules to their messages.</summary>
internal interface IConnectionRelay
{
    /// <summary>
    /// Relays one connection until both directions have ended, and says why it ended. The legs are closed by the caller, with the
    /// same kind of end that the relay reports. Never throws for what a peer does.
    /// </summary>
    /// <param name="connection">The connection, both legs open.</param>
    /// <param name="cancellation">Fires when the proxy stops: return at once, whatever is in flight.</param>
    Task<ConnectionEnd> RelayAsync(ProxyConnection connection, CancellationToken cancellation);
}

/// <summary>Why a relayed connection ended, in the words of <c>proxy_conn_close</c>, and how the legs are closed.</summary>
/// <param name="Reason"><c>client_eof</c>, <c>server_eof</c>, <c>context_cancel</c>, <c>io_error</c>, <c>stall_timeout</c> or <c>rule_drop</c>.</param>
/// <param name="Reset">True when the legs that are still open end with RST instead of FIN.</param>
internal readonly record struct ConnectionEnd(string Reason, bool Reset = false);
