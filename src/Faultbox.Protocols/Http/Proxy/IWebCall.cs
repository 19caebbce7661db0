using Faultbox.Core.Events;
using Faultbox.Core.Proxying;

namespace Faultbox.Protocols.Http.Proxy;

/// <summary>A request that is a call of another protocol: rules name it by its path, and what they answer is in the words of that protocol.</summary>
internal interface IWebCall
{
    /// <summary>Fields of the event of a rule.</summary>
    IReadOnlyList<EventField> Describe(ProxyFault fault);

    /// <summary>True when a rule answers the call; false when it ends the connection.</summary>
    bool IsAnswered(ProxyFault fault);

    /// <summary>The answer of a rule as bytes of HTTP/1.1; null for one that ends the connection without an answer.</summary>
    byte[]? Answer(ProxyFault fault, RequestFacts request);
}

/// <summary>Makes the call of a request.</summary>
/// <param name="path">Decoded path.</param>
/// <param name="contentType">Content type; null without one.</param>
internal delegate IWebCall WebCallReader(string path, string? contentType);
