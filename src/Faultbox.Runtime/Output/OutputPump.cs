namespace Faultbox.Runtime.Output;

/// <summary>A line of output without its end; the bytes are valid during the call only.</summary>
internal delegate void OutputLine(ReadOnlySpan<byte> line);

/// <summary>
/// Drains one output stream of a service on a thread of its own until every writer is gone, so that a service never waits for its reader.
/// </summary>
internal sealed class OutputPump
{
    private const int LongestLine = 1024 * 1024;
    private const int StackBytes = 256 * 1024;

    private readonly Stream _pipe;
    private readonly OutputSpool _spool;
    private readonly OutputLine _onLine;
    private readonly Thread _thread;
    private readonly TailBuffer _tail = new();
    private byte[] _line = new byte[4096];
    private int _lineLength;

    /// <summary>Starts draining.</summary>
    public OutputPump(string name, Stream pipe, OutputSpool spool, OutputLine onLine)
    {
        _pipe = pipe;
        _spool = spool;
        _onLine = onLine;
        _thread = new Thread(Drain, StackBytes) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>The last lines delivered, oldest first.</summary>
    public IReadOnlyList<string> LastLines(int count) => _tail.LastLines(count);

    /// <summary>Waits until the pipe is empty and closed by its writers; false when that takes longer than the limit.</summary>
    public bool WaitForEnd(TimeSpan limit) => _thread.Join(limit);

    private void Drain()
    {
        var buffer = new byte[64 * 1024];
        int read;
        while ((read = _pipe.Read(buffer)) > 0)
        {
            var data = buffer.AsSpan(0, read);
            _spool.Append(data);
            _tail.Append(data);
            SplitLines(data);
        }

        EndLine();
        _pipe.Dispose();
    }

    private void SplitLines(ReadOnlySpan<byte> data)
    {
        int end;
        while ((end = data.IndexOf((byte)'\n')) >= 0)
        {
            AddToLine(data[..end]);
            EndLine();
            data = data[(end + 1)..];
        }

        AddToLine(data);
    }

    private void AddToLine(ReadOnlySpan<byte> part)
    {
        part = part[..Math.Min(part.Length, LongestLine - _lineLength)];
        if (_lineLength + part.Length > _line.Length)
        {
            Array.Resize(ref _line, Math.Max(_line.Length * 2, _lineLength + part.Length));
        }

        part.CopyTo(_line.AsSpan(_lineLength));
        _lineLength += part.Length;
    }

    private void EndLine()
    {
        var line = _line.AsSpan(0, _lineLength);
        _lineLength = 0;
        if (line is [.., (byte)'\r'])
        {
            line = line[..^1];
        }

        if (line.Length > 0)
        {
            _onLine(line);
        }
    }
}
