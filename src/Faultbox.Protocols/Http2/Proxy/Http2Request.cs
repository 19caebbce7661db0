using System.Text;
using Faultbox.Core.Matching;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Http.Codec;
using Faultbox.Protocols.Http2.Codec;

namespace Faultbox.Protocols.Http2.Proxy;

/// <summary>A request as rules and events see it.</summary>
internal sealed class Http2Request : IMessageFields
{
    private readonly IReadOnlyList<HeaderField> _fields;
    private readonly byte[] _target;

    /// <summary>Takes the fields of a header block; they are copied.</summary>
    public Http2Request(IReadOnlyList<HeaderField> fields)
    {
        _fields = [.. fields.Select(f => f.Copy())];
        Method = Value(":method") ?? "";
        _target = Encoding.Latin1.GetBytes(Value(":path") ?? "");
        var path = RequestTarget.PathOf(_target);
        var decoded = new char[path.Length];
        Path = new string(decoded, 0, RequestTarget.Decode(path, decoded));
        Host = Value(":authority") ?? Value("host") ?? "";
    }

    /// <summary>All fields in order.</summary>
    public IReadOnlyList<HeaderField> Fields => _fields;

    /// <summary>Method.</summary>
    public string Method { get; }

    /// <summary>Path without query, percent-decoded.</summary>
    public string Path { get; }

    /// <summary>Authority.</summary>
    public string Host { get; }

    /// <inheritdoc/>
    public string? Header(string name) => Value(name.ToLowerInvariant());

    /// <inheritdoc/>
    public bool HasQueryParameter(string name, MessageGlob pattern) => RequestTarget.HasParameter(_target, name, pattern);

    private string? Value(string name)
    {
        var wanted = Encoding.Latin1.GetBytes(name);
        string? joined = null;
        foreach (var field in _fields)
        {
            if (field.Is(wanted))
            {
                joined = joined is null ? field.Text : $"{joined}, {field.Text}";
            }
        }

        return joined;
    }
}
