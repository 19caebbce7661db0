using System.Collections.Concurrent;

namespace Faultbox.Protocols.Polling;

/// <summary>
/// A pipe through which splice(2) moves bytes from one socket to another without copying them. Rented while bytes are under way, so that idle
/// connections hold none; a few empty ones are kept.
/// </summary>
internal sealed unsafe class SplicePipe : IDisposable
{
    /// <summary>Empty pipes that are kept.</summary>
    public const int Kept = 16;

    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;

    private static readonly ConcurrentQueue<SplicePipe> Free = new();

    private readonly int _output;
    private readonly int _input;

    private SplicePipe(int output, int input)
    {
        _output = output;
        _input = input;
    }

    /// <summary>Bytes in it.</summary>
    public int Length { get; private set; }

    /// <summary>An empty pipe; null when there is no descriptor to spare.</summary>
    public static SplicePipe? Rent()
    {
        if (Free.TryDequeue(out var pipe))
        {
            return pipe;
        }

        var ends = stackalloc int[2];
        return Libc.Pipe(ends, CloseOnExec | NonBlocking) == 0 ? new SplicePipe(ends[0], ends[1]) : null;
    }

    /// <summary>Takes bytes out of a socket; the result is that of splice(2).</summary>
    public int Fill(PolledSocket socket, int most)
    {
        var count = (int)Libc.Splice(socket.Handle, null, _input, null, most, Libc.SpliceNonBlocking);
        Length += Math.Max(count, 0);
        return count;
    }

    /// <summary>Puts its bytes into a socket; the result is that of splice(2).</summary>
    public int Drain(PolledSocket socket)
    {
        var count = (int)Libc.Splice(_output, null, socket.Handle, null, Length, Libc.SpliceNonBlocking);
        Length -= Math.Max(count, 0);
        return count;
    }

    /// <summary>Gives it back; one with bytes in it is closed.</summary>
    public void Dispose()
    {
        if (Length == 0 && Free.Count < Kept)
        {
            Free.Enqueue(this);
            return;
        }

        _ = Libc.Close(_output);
        _ = Libc.Close(_input);
    }
}
