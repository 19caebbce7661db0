using Faultbox.Core.Matching;

namespace Faultbox.Core.Proxying;

/// <summary>
/// What a message must be like; every part that is set must hold. Protocols that match byte prefixes (tcp, udp) read
/// <see cref="Method"/> as literal text.
/// </summary>
public sealed record MessageMatcher
{
    /// <summary>Matches every message.</summary>
    public static MessageMatcher Everything { get; } = new();

    private readonly byte[] _prefix = [];

    /// <summary>Request method, RPC path or operation.</summary>
    public MessageGlob? Method
    {
        get;
        init
        {
            field = value;
            _prefix = System.Text.Encoding.UTF8.GetBytes(value?.Pattern ?? "");
        }
    }

    /// <summary><see cref="Method"/> as the literal bytes with which a message of a protocol without structure begins; empty for any.</summary>
    public ReadOnlySpan<byte> Prefix => _prefix;

    /// <summary>Request path.</summary>
    public MessageGlob? Path { get; init; }

    /// <summary>Statement text.</summary>
    public MessageGlob? Query { get; init; }

    /// <summary>Command name.</summary>
    public MessageGlob? Command { get; init; }

    /// <summary>Key or collection.</summary>
    public MessageGlob? Key { get; init; }

    /// <summary>Topic or subject.</summary>
    public MessageGlob? Topic { get; init; }

    /// <summary>Host or authority.</summary>
    public MessageGlob? Host { get; init; }

    /// <summary>Request fields by name, upper and lower case alike.</summary>
    public IReadOnlyList<KeyValuePair<string, MessageGlob>> Headers { get; init; } = [];

    /// <summary>URL query parameters by name.</summary>
    public IReadOnlyList<KeyValuePair<string, MessageGlob>> QueryParameters { get; init; } = [];

    /// <summary>Bytes that the first 64 KiB of the body must contain; empty for no restriction.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>True when no part is set.</summary>
    public bool MatchesEverything => this is
    {
        Method: null, Path: null, Query: null, Command: null, Key: null, Topic: null, Host: null, Headers.Count: 0, QueryParameters.Count: 0,
        Body.Length: 0,
    };

    /// <summary>True when the message has everything that is asked for.</summary>
    public bool IsMatch(in ProxyMessage message) =>
        IsMatchBeforeBody(message) && (Body.IsEmpty || message.Body.IndexOf(Body.Span) >= 0);

    /// <summary>True when the message has everything that is asked for, as far as that can be told before its body has come.</summary>
    public bool IsMatchBeforeBody(in ProxyMessage message) =>
        (message.IsBytes ? message.Start.StartsWith(_prefix) : Holds(Method, message.Method))
        && Holds(Path, message.Path)
        && Holds(Query, message.Query)
        && Holds(Command, message.Command)
        && Holds(Key, message.Key)
        && Holds(Topic, message.Topic)
        && Holds(Host, message.Host)
        && HeadersHold(message)
        && ParametersHold(message);

    /// <summary>The restrictions as a specification writes them: <c>method="POST", path="/orders"</c>; empty when there are none.</summary>
    public override string ToString()
    {
        List<string> parts = [];
        Add("method", Method?.Pattern);
        Add("path", Path?.Pattern);
        Add("query", Query?.Pattern);
        Add("command", Command?.Pattern);
        Add("key", Key?.Pattern);
        Add("topic", Topic?.Pattern);
        Add("host", Host?.Pattern);
        foreach (var (name, glob) in Headers)
        {
            Add($"match_headers[{name}]", glob.Pattern);
        }

        foreach (var (name, glob) in QueryParameters)
        {
            Add($"match_query[{name}]", glob.Pattern);
        }

        if (!Body.IsEmpty)
        {
            Add("match_body", System.Text.Encoding.UTF8.GetString(Body.Span));
        }

        return string.Join(", ", parts);

        void Add(string name, string? pattern)
        {
            if (pattern is not null)
            {
                parts.Add($"{name}=\"{pattern}\"");
            }
        }
    }

    private static bool Holds(MessageGlob? pattern, ReadOnlySpan<char> text) => pattern is null || pattern.IsMatch(text);

    private bool HeadersHold(in ProxyMessage message)
    {
        foreach (var (name, glob) in Headers)
        {
            if (message.Fields?.Header(name) is not { } value || !glob.IsMatch(value))
            {
                return false;
            }
        }

        return true;
    }

    private bool ParametersHold(in ProxyMessage message)
    {
        foreach (var (name, glob) in QueryParameters)
        {
            if (message.Fields?.HasQueryParameter(name, glob) is not true)
            {
                return false;
            }
        }

        return true;
    }
}
