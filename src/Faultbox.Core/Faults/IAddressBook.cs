using Faultbox.Linux.Syscalls;

namespace Faultbox.Core.Faults;

/// <summary>What is known about the addresses of a running topology.</summary>
public interface IAddressBook
{
    /// <summary>
    /// Every address at which a service, an interface (<c>service.interface</c>) or a host name is reachable: loopback, mapped port,
    /// proxy, gateway, container. Null when the name is unknown.
    /// </summary>
    IReadOnlyList<DestinationPattern>? Find(string name);

    /// <summary>Changes whenever <see cref="Find"/> would answer differently about a declared service or interface: one was started at another address.</summary>
    int Version { get; }

    /// <summary>True when a name is a declared service or interface, not one that is looked up elsewhere.</summary>
    bool Declares(string name);

    /// <summary>The service a destination belongs to; null when it belongs to none.</summary>
    string? ServiceAt(in SocketDestination destination);

    /// <summary>True for the port of a declared interface, or one at which Faultbox relays or listens for it.</summary>
    bool IsDeclaredPort(int port);
}
