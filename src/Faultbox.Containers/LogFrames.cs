using System.Buffers.Binary;

namespace Faultbox.Containers;

/// <summary>
/// Takes the multiplexed output of a container apart. A frame is 1 byte stream (1 standard output, 2 standard error), 3 zero bytes, the
/// length as 4 bytes big-endian, and the data (Docker Engine API, "Attach to a container", stream format).
/// </summary>
public static class LogFrames
{
    private const int HeaderSize = 8;
    private const byte StandardError = 2;

    /// <summary>Copies both streams until the container has ended and everything was delivered.</summary>
    public static async Task CopyAsync(Stream frames, Stream standardOutput, Stream standardError, CancellationToken cancellation = default)
    {
        var header = new byte[HeaderSize];
        var buffer = new byte[32 * 1024];
        while (await frames.ReadAtLeastAsync(header, HeaderSize, throwOnEndOfStream: false, cancellation).ConfigureAwait(false) == HeaderSize)
        {
            var target = header[0] == StandardError ? standardError : standardOutput;
            var left = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4));
            while (left > 0)
            {
                var count = await frames.ReadAsync(buffer.AsMemory(0, (int)Math.Min(left, (uint)buffer.Length)), cancellation).ConfigureAwait(false);
                if (count == 0)
                {
                    return;
                }

                await target.WriteAsync(buffer.AsMemory(0, count), cancellation).ConfigureAwait(false);
                await target.FlushAsync(cancellation).ConfigureAwait(false);
                left -= (uint)count;
            }
        }
    }
}
