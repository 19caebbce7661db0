using System.Buffers;
using System.Text;
using Faultbox.Core.Matching;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Http.Codec;

namespace Faultbox.Protocols.Http.Proxy;

/// <summary>The parts of one request that rules are evaluated on: views of its head, decoded when a rule asks.</summary>
internal sealed class RequestFields : IMessageFields, IDisposable
{
    private ReadOnlyMemory<byte> _bytes;
    private RequestHead _head;
    private char[]? _path;
    private int _pathLength;

    /// <summary>Path without query, percent-decoded; <c>*</c> and the authority of CONNECT as they are.</summary>
    public ReadOnlySpan<char> Path => _path.AsSpan(0, _pathLength);

    /// <summary>Method as text.</summary>
    public string Method => Encoding.Latin1.GetString(_bytes.Span[_head.Method]);

    /// <summary>Takes a request; its bytes must stay in place until the next one is taken.</summary>
    public void Load(ReadOnlyMemory<byte> bytes, in RequestHead head)
    {
        _bytes = bytes;
        _head = head;
        var path = RequestTarget.PathOf(bytes.Span[head.Target]);
        if (_path is null || _path.Length < path.Length)
        {
            Dispose();
            _path = ArrayPool<char>.Shared.Rent(path.Length);
        }

        _pathLength = RequestTarget.Decode(path, _path);
    }

    /// <inheritdoc/>
    public string? Header(string name) => _head.FieldOf(_bytes.Span, name);

    /// <inheritdoc/>
    public bool HasQueryParameter(string name, MessageGlob pattern) => RequestTarget.HasParameter(_bytes.Span[_head.Target], name, pattern);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_path is { } path)
        {
            _path = null;
            ArrayPool<char>.Shared.Return(path);
        }
    }
}
