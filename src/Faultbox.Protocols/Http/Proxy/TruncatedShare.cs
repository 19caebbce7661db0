using System.Buffers;
using System.Text;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Http.Codec;

namespace Faultbox.Protocols.Http.Proxy;

/// <summary>
/// The share of a body whose length its head does not tell: the body is kept until it has ended, or until there is as much of it as is
/// ever kept. As chunked coding the share is a chunk that announces the whole.
/// </summary>
internal sealed class TruncatedShare(BodyFraming framing, HttpTruncate fault) : BodyChange(framing)
{
    private const int Most = 16 * 1024 * 1024;

    private readonly ArrayBufferWriter<byte> _data = new();
    private bool _isOver;

    /// <inheritdoc/>
    public override bool IsOver => _isOver;

    /// <inheritdoc/>
    public override bool Acts => _isOver && (Framing.Kind == BodyKind.Chunked || _data.WrittenCount > 0);

    /// <inheritdoc/>
    public override bool EndsConnection => Acts;

    /// <inheritdoc/>
    public override bool Resets => fault.Reset;

    /// <inheritdoc/>
    public override int Take(ReadOnlySpan<byte> bytes, IBufferWriter<byte> output)
    {
        var count = Body.Take(bytes, _data);
        if (Body.IsComplete || _data.WrittenCount >= Most)
        {
            Finish(output);
        }

        return count;
    }

    /// <inheritdoc/>
    public override void Finish(IBufferWriter<byte> output)
    {
        if (Framing.Kind == BodyKind.Chunked)
        {
            output.Write(Encoding.ASCII.GetBytes($"{_data.WrittenCount:x}\r\n"));
        }

        output.Write(_data.WrittenSpan[..(int)fault.At.In(_data.WrittenCount)]);
        _isOver = true;
    }
}
