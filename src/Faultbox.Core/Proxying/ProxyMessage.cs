using Faultbox.Core.Matching;

namespace Faultbox.Core.Proxying;

/// <summary>Named parts of a message that only some rules ask for; text is made when it is asked for.</summary>
public interface IMessageFields
{
    /// <summary>Value of a request field, repeated values joined by a comma and a space; null when absent. The name's case is irrelevant.</summary>
    string? Header(string name);

    /// <summary>True when a URL query parameter has a decoded value that a pattern matches; one that is repeated has several.</summary>
    bool HasQueryParameter(string name, MessageGlob pattern);
}

/// <summary>The parts of one message that rules are evaluated on: views of the protocol's own buffers.</summary>
public readonly ref struct ProxyMessage
{
    /// <summary>Name of the consumer that sent it; empty when it is not known.</summary>
    public string? Consumer { get; init; }

    /// <summary>Request method, RPC path or operation.</summary>
    public ReadOnlySpan<char> Method { get; init; }

    /// <summary>Request path, percent-decoded, without query.</summary>
    public ReadOnlySpan<char> Path { get; init; }

    /// <summary>Statement text.</summary>
    public ReadOnlySpan<char> Query { get; init; }

    /// <summary>Command name.</summary>
    public ReadOnlySpan<char> Command { get; init; }

    /// <summary>Key or collection.</summary>
    public ReadOnlySpan<char> Key { get; init; }

    /// <summary>Topic or subject.</summary>
    public ReadOnlySpan<char> Topic { get; init; }

    /// <summary>Host or authority.</summary>
    public ReadOnlySpan<char> Host { get; init; }

    /// <summary>Fields and query parameters; null when the protocol has none.</summary>
    public IMessageFields? Fields { get; init; }

    /// <summary>The first bytes of the body, at most 64 KiB.</summary>
    public ReadOnlySpan<byte> Body { get; init; }

    /// <summary>
    /// True for a protocol without structure (tcp, udp): <see cref="Start"/> stands for the method, which rules give as literal text.
    /// </summary>
    public bool IsBytes { get; init; }

    /// <summary>The first bytes of the message of a protocol without structure.</summary>
    public ReadOnlySpan<byte> Start { get; init; }

    /// <summary>Direction of the message.</summary>
    public TrafficDirection Direction { get; init; }
}
