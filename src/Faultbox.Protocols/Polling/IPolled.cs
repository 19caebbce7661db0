using System.Net.Sockets;

namespace Faultbox.Protocols.Polling;

/// <summary>A socket on an event loop.</summary>
internal interface IPolled
{
    /// <summary>Descriptor.</summary>
    SafeSocketHandle Handle { get; }

    /// <summary>Called by the loop, on its thread: something has become possible. Must not block.</summary>
    void Tell(EpollEvents events);
}
