using System.Buffers;
using System.Text;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Http.Codec;

namespace Faultbox.Protocols.Http.Proxy;

/// <summary>
/// A body as chunked coding with damage in it, whatever its framing was. All but the missing last chunk do their damage in the first
/// chunk, and the connection ends after it.
/// </summary>
internal sealed class DamagedChunks(BodyFraming framing, ChunkDamage kind) : BodyChange(framing)
{
    private readonly ArrayBufferWriter<byte> _data = new();
    private bool _isOver;

    /// <inheritdoc/>
    public override bool IsOver => _isOver;

    /// <inheritdoc/>
    public override int Take(ReadOnlySpan<byte> bytes, IBufferWriter<byte> output)
    {
        _data.ResetWrittenCount();
        var count = Body.Take(bytes, _data);
        if (_data.WrittenCount > 0)
        {
            WriteChunk(_data.WrittenSpan, output);
        }

        if (Body.IsComplete && !_isOver)
        {
            Finish(output);
        }

        return count;
    }

    /// <inheritdoc/>
    public override void Finish(IBufferWriter<byte> output)
    {
        if (kind != ChunkDamage.NoLast)
        {
            WriteChunk([], output);
        }

        _isOver = true;
    }

    private void WriteChunk(ReadOnlySpan<byte> data, IBufferWriter<byte> output)
    {
        data = kind == ChunkDamage.EarlyLast ? data[..(data.Length / 2)] : data;
        var (size, end) = kind switch
        {
            ChunkDamage.Size => ("zz", "\r\n"),
            ChunkDamage.LineEnd => ($"{data.Length:x}", "XX0\r\n\r\n"),
            ChunkDamage.NoLast => ($"{data.Length:x}", "\r\n"),
            ChunkDamage.EarlyLast => ($"{data.Length:x}", data.IsEmpty ? "\r\n" : "\r\n0\r\n\r\n"),
            ChunkDamage.Huge => ("7fffffffffffffff", ""),
            _ => throw new InvalidOperationException($"no damage {kind}"),
        };
        output.Write(Encoding.ASCII.GetBytes($"{size}\r\n"));
        output.Write(data);
        output.Write(Encoding.ASCII.GetBytes(end));
        _isOver = kind != ChunkDamage.NoLast;
    }
}
