using System.Net;
using Faultbox.Core.Faults;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Core.Tests.Faults;

/// <summary>Knows the service <c>cache</c>, on port 6379 of an address that may change, and the name of this host.</summary>
internal sealed class TwoServices : IAddressBook
{
    private IPAddress _cache = IPAddress.Loopback;

    public int Version { get; private set; }

    public void Move(string cache) => (_cache, Version) = (IPAddress.Parse(cache), Version + 1);

    public bool Declares(string name) => name == "cache";

    public bool IsDeclaredPort(int port) => false;

    public IReadOnlyList<DestinationPattern>? Find(string name) => name switch
    {
        "cache" => [DestinationPattern.Endpoint(_cache, 6379)],
        "localhost" => [DestinationPattern.Endpoint(IPAddress.Loopback, 0), DestinationPattern.Endpoint(IPAddress.IPv6Loopback, 0)],
        _ => null,
    };

    public string? ServiceAt(in SocketDestination destination) => destination.Port == 6379 ? "cache" : null;
}
