namespace Faultbox.Protocols.Polling;

/// <summary>Both ends of what a client sends to a socket.</summary>
/// <param name="Peer">The client.</param>
/// <param name="Local">The address of this host that it knows; answers leave from there.</param>
internal readonly record struct DatagramPath(DatagramAddress Peer, LocalAddress Local);
