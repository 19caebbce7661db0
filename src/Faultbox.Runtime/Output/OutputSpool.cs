using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Faultbox.Runtime.Output;

/// <summary>
/// One output stream of one service, kept in a file for the whole run: the first mebibyte as it came, then the last seven. While the run
/// goes on the tail is a ring in the file; completing the spool puts it in order behind a line that says how much is missing.
/// </summary>
internal sealed class OutputSpool : IDisposable
{
    private const int HeadBytes = 1024 * 1024;
    private const int TailBytes = 7 * 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly SafeFileHandle _file;
    private long _written;
    private bool _completed;

    /// <summary>Creates the file.</summary>
    public OutputSpool(string path)
    {
        Path = path;
        _file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.Read);
    }

    /// <summary>Absolute path of the file.</summary>
    public string Path { get; }

    /// <summary>Adds bytes of the stream.</summary>
    public void Append(ReadOnlySpan<byte> data)
    {
        lock (_gate)
        {
            while (data.Length > 0 && !_completed)
            {
                var (offset, room) = _written < HeadBytes
                    ? (_written, HeadBytes - _written)
                    : (HeadBytes + TailOffset, TailBytes - TailOffset);
                var part = data[..(int)Math.Min(room, data.Length)];
                RandomAccess.Write(_file, part, offset);
                _written += part.Length;
                data = data[part.Length..];
            }
        }
    }

    /// <summary>Marks the place where a test begins.</summary>
    public void Mark(string test, int? run, DateTime time) =>
        Append(Encoding.UTF8.GetBytes($"=== {test}{(run is null ? "" : $" run {run}")} {time:yyyy-MM-ddTHH:mm:ss.fffZ} ===\n"));

    /// <summary>Puts the file in order; nothing is added afterwards.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            if (_completed)
            {
                return;
            }

            _completed = true;
            var missing = _written - HeadBytes - TailBytes;
            if (missing > 0)
            {
                OrderTail(missing);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private long TailOffset => (_written - HeadBytes) % TailBytes;

    private void OrderTail(long missing)
    {
        var ring = new byte[TailBytes];
        RandomAccess.Read(_file, ring, HeadBytes);
        var oldest = (int)TailOffset;
        var marker = Encoding.UTF8.GetBytes($"\n=== {missing} bytes cut ===\n");
        RandomAccess.Write(_file, marker, HeadBytes);
        RandomAccess.Write(_file, ring.AsSpan(oldest), HeadBytes + marker.Length);
        RandomAccess.Write(_file, ring.AsSpan(0, oldest), HeadBytes + marker.Length + TailBytes - oldest);
    }
}
