namespace Faultbox.Protocols.Relay;

/// <summary>What a proxy dials for each of its clients.</summary>
/// <param name="Host">Name or address; <c>127.0.0.1</c> and <c>localhost</c> also stand for the loopback of version 6.</param>
/// <param name="Port">Port.</param>
public sealed record ProxyUpstream(string Host, int Port)
{
    /// <summary>
    /// What takes the place of a host by which clients name the proxy itself, so that virtual hosting and signatures work; null to pass it on.
    /// </summary>
    public string? Authority { get; init; }

    /// <summary>Path of the unix socket that is dialed in place of a host and port; null for those.</summary>
    public string? SocketPath { get; init; }

    /// <summary>The process in whose file system the unix socket is; null for this one's.</summary>
    public int? RootOf { get; init; }

    /// <summary>False when this process lacks the rights to look for the unix socket where it is (proc(5), <c>/proc/pid/root</c>).</summary>
    public bool IsInReach => RootOf is not { } process || ForeignSocket.MayLookInto(process);

    /// <summary>A unix socket of this host, or of the file system of another process.</summary>
    public static ProxyUpstream UnixSocket(string path, int? rootOf = null) => new("localhost", 0) { SocketPath = path, RootOf = rootOf };

    /// <inheritdoc/>
    public override string ToString() =>
        SocketPath is not null ? $"unix:{SocketPath}" : Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
