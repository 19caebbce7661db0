using Faultbox.Core.Proxying;

namespace Faultbox.Protocols.Http.Proxy;

/// <summary>One request and the answer that is due for it.</summary>
/// <param name="isHead">True for HEAD.</param>
/// <param name="isConnect">True for CONNECT.</param>
/// <param name="replaced">What happens to the answer of the service instead of relaying it; null to relay it.</param>
/// <param name="mayTunnel">True when the answer may turn the connection into a tunnel.</param>
internal sealed class Exchange(bool isHead, bool isConnect, ReplacedAnswer? replaced, bool mayTunnel)
{
    private readonly TaskCompletionSource<bool>? _tunnel = mayTunnel ? new(TaskCreationOptions.RunContinuationsAsynchronously) : null;

    /// <summary>An exchange whose answer is relayed; it holds nothing, so that all can be this one.</summary>
    public static Exchange Plain { get; } = new(isHead: false, isConnect: false, replaced: null, mayTunnel: false);

    /// <summary>The same for HEAD.</summary>
    public static Exchange Head { get; } = new(isHead: true, isConnect: false, replaced: null, mayTunnel: false);

    /// <summary>True for HEAD.</summary>
    public bool IsHead => isHead;

    /// <summary>True for CONNECT.</summary>
    public bool IsConnect => isConnect;

    /// <summary>What happens to the answer of the service; null to relay it.</summary>
    public ReplacedAnswer? Replaced => replaced;

    /// <summary>True when the connection may become the tunnel that the service agrees to.</summary>
    public bool MayTunnel => mayTunnel;

    /// <summary>How the request is repeated; null when it is not.</summary>
    public Replay? Replay { get; init; }

    /// <summary>True while a <c>100 Continue</c> of the service is to be kept back, since the client has been sent one.</summary>
    public bool IsInvited { get; set; }

    /// <summary>True when every byte of the answer passes as it comes.</summary>
    public bool Passes => replaced is null && Replay is null && !IsInvited;

    /// <summary>Completes with true when the connection has become a tunnel, with false when it has not.</summary>
    public Task<bool> Tunnel => _tunnel?.Task ?? Task.FromResult(false);

    /// <summary>Says whether the connection has become a tunnel.</summary>
    public void Decide(bool tunnel) => _tunnel?.TrySetResult(tunnel);
}

/// <summary>A verdict that takes effect when the service has answered.</summary>
/// <param name="Verdict">Rules that fired.</param>
/// <param name="Request">The request in the words of events and answers.</param>
internal sealed record ReplacedAnswer(ProxyVerdict Verdict, RequestFacts Request)
{
    /// <summary>The rule that acts in place of the answer, which is withheld; null for none.</summary>
    public ActiveProxyRule? Instead => Verdict.Terminal is { Fault.Http: null } rule ? rule : null;

    /// <summary>The rule that changes the answer on its way; null for none.</summary>
    public ActiveProxyRule? Changing => Verdict.Terminal is { Fault.Http: not null } rule ? rule : null;
}

/// <summary>A request in the words of events, and what shapes an injected answer to it.</summary>
/// <param name="Method">Method.</param>
/// <param name="Path">Decoded path.</param>
/// <param name="IsHead">True for HEAD: the answer has no body.</param>
/// <param name="Closes">True when the connection ends after the answer.</param>
internal sealed record RequestFacts(string Method, string Path, bool IsHead, bool Closes)
{
    /// <summary>The call that it is on an interface of calls; null on others.</summary>
    public IWebCall? Call { get; init; }
}
