using System.IO.Compression;

namespace Faultbox.Reporting.Bundle;

/// <summary>
/// Decompresses a bundle and stops when it expands beyond its limits. Compressed bytes are handed to the decoder in small portions, so that
/// the number handed out follows closely what was needed.
/// </summary>
internal sealed class GuardedGzipStream : Stream
{
    private readonly PortionedStream _compressed;
    private readonly GZipStream _expanded;
    private readonly ReadLimits _limits;
    private string? _entry;
    private long _total;
    private long _entryStart;
    private long _entryCompressedStart;

    public GuardedGzipStream(Stream compressed, ReadLimits limits)
    {
        _compressed = new PortionedStream(compressed);
        _expanded = new GZipStream(_compressed, CompressionMode.Decompress);
        _limits = limits;
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Starts to judge the expansion of another entry.</summary>
    public void Enter(string entry)
    {
        _entry = entry;
        _entryStart = _total;
        _entryCompressedStart = _compressed.HandedOut;
    }

    public override int Read(Span<byte> buffer)
    {
        var read = _expanded.Read(buffer);
        _total += read;
        if (_total > _limits.ExpandedBytes)
        {
            throw new BundleException($"expands to more than {_limits.ExpandedBytes} bytes");
        }

        var expanded = _total - _entryStart;
        var compressed = Math.Max(1, _compressed.HandedOut - _entryCompressedStart);
        if (expanded > _limits.ExpansionGrace && expanded / compressed >= _limits.Expansion)
        {
            throw new BundleException($"entry {_entry ?? "at the start"} expands more than {_limits.Expansion}:1");
        }

        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _expanded.Dispose();
        }

        base.Dispose(disposing);
    }

    private sealed class PortionedStream(Stream inner) : Stream
    {
        private const int Portion = 1024;

        public long HandedOut { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(Span<byte> buffer)
        {
            var read = inner.Read(buffer[..Math.Min(buffer.Length, Portion)]);
            HandedOut += read;
            return read;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
