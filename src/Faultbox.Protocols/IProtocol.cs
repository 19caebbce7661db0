using Faultbox.Protocols.Tls;

namespace Faultbox.Protocols;

/// <summary>One protocol by name: its steps and its readiness probe.</summary>
public interface IProtocol
{
    /// <summary>Name used in <c>interface(name, protocol, port)</c>.</summary>
    string Name { get; }

    /// <summary>What its proxy can do; null when the protocol has none and its interfaces are reached directly.</summary>
    ProxySupport? Proxy => null;

    /// <summary>Step methods, in documentation order.</summary>
    IReadOnlyList<StepMethod> Methods { get; }

    /// <summary>
    /// Performs one step and returns how it went; a failed transport is a response with an error, never an exception.
    /// Blocks until done; <see cref="OperationCanceledException"/> when cancelled.
    /// </summary>
    StepResponse Step(StepRequest request, CancellationToken cancellation);

    /// <summary>Asks once whether the service behind an address serves its protocol; null when it does, otherwise the cause.</summary>
    string? Probe(ProbeRequest request, CancellationToken cancellation);
}

/// <summary>A step method of a protocol.</summary>
/// <param name="Name">Method name, for example <c>get</c>.</param>
/// <param name="Arguments">Accepted keywords.</param>
public sealed record StepMethod(string Name, IReadOnlyList<StepArgument> Arguments);

/// <summary>A keyword of a step method.</summary>
/// <param name="Name">Keyword.</param>
/// <param name="Required">True when it has no default.</param>
/// <param name="Shape">What a required one looks like, for who leaves it out; null when the name says it.</param>
public sealed record StepArgument(string Name, bool Required = false, string? Shape = null);

/// <summary>A step to perform.</summary>
/// <param name="Host">Host to dial.</param>
/// <param name="Port">Port to dial.</param>
/// <param name="Method">Method name.</param>
/// <param name="Arguments">
/// Keywords in the order written. Values are <c>null</c>, <c>bool</c>, <c>long</c>, <c>double</c>, <c>string</c>, <c>byte[]</c>, a list of
/// such values, or an ordered list of name and value pairs for a dictionary.
/// </param>
public sealed record StepRequest(string Host, int Port, string Method, IReadOnlyList<KeyValuePair<string, object?>> Arguments)
{
    /// <summary>TLS of the interface; null for a plain connection.</summary>
    public TlsTrust? Tls { get; init; }

    /// <summary>The service behind the interface; null when what is dialed is the service and nothing is known of it.</summary>
    public StepService? Service { get; init; }

    /// <summary>Value of a keyword, or null when absent.</summary>
    public object? this[string name]
    {
        get
        {
            foreach (var (key, value) in Arguments)
            {
                if (key == name)
                {
                    return value;
                }
            }

            return null;
        }
    }
}

/// <summary>A single readiness question.</summary>
/// <param name="Host">Host to dial.</param>
/// <param name="Port">Port to dial.</param>
/// <param name="Path">Request path for protocols that have one; null for the default.</param>
/// <param name="Timeout">Bound of this attempt.</param>
public sealed record ProbeRequest(string Host, int Port, string? Path, TimeSpan Timeout)
{
    /// <summary>TLS of the service; null for a plain connection.</summary>
    public TlsTrust? Tls { get; init; }

    /// <summary>
    /// True when something in front of the service accepts its connections, as a container engine does for the ports it publishes: it
    /// closes those that it cannot pass on, so an accepted connection counts only when it lasts.
    /// </summary>
    public bool IsRelayed { get; init; }

    /// <summary>
    /// Asks the service behind what is in front of it whether it listens: null when it does, otherwise the cause. Without it only the time that
    /// a connection lasts can tell, which is a guess on a busy machine.
    /// </summary>
    public Func<CancellationToken, string?>? Behind { get; init; }
}
