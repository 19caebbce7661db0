using System.Text;

namespace Faultbox.Runtime.Output;

/// <summary>Keeps the last bytes of a stream so that its last lines can be shown with a failure.</summary>
internal sealed class TailBuffer
{
    private const int Capacity = 64 * 1024;

    private readonly Lock _gate = new();
    private readonly byte[] _bytes = new byte[Capacity];
    private long _written;

    /// <summary>Adds what the stream delivered.</summary>
    public void Append(ReadOnlySpan<byte> data)
    {
        lock (_gate)
        {
            if (data.Length > Capacity)
            {
                _written += data.Length - Capacity;
                data = data[^Capacity..];
            }

            var start = (int)(_written % Capacity);
            var first = Math.Min(data.Length, Capacity - start);
            data[..first].CopyTo(_bytes.AsSpan(start));
            data[first..].CopyTo(_bytes);
            _written += data.Length;
        }
    }

    /// <summary>The last lines, oldest first; fewer when the stream had fewer or its lines are long.</summary>
    public IReadOnlyList<string> LastLines(int count)
    {
        byte[] ordered;
        bool cut;
        lock (_gate)
        {
            cut = _written > Capacity;
            var start = cut ? (int)(_written % Capacity) : 0;
            var length = (int)Math.Min(_written, Capacity);
            ordered = [.. _bytes.AsSpan(start, length - start), .. _bytes.AsSpan(0, start)];
        }

        var lines = Encoding.UTF8.GetString(ordered).TrimEnd('\n').Split('\n');
        return lines is [""] ? [] : [.. lines.Skip(cut && lines.Length > 1 ? 1 : 0).TakeLast(count).Select(l => l.TrimEnd('\r'))];
    }
}
