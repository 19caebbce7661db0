using System.Buffers.Binary;
using System.Net.Sockets;
using Faultbox.Protocols.Http2.Codec;

namespace Faultbox.Protocols.Tests.Hostile;

/// <summary>An HTTP/2 client that sends whatever frames it is told to.</summary>
internal sealed class FrameClient(Socket socket) : IDisposable
{
    private readonly List<byte> _received = [];
    private readonly HpackDecoder _decoder = new();

    public static byte[] Preface { get; } = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(FrameType.Settings, 0, 0)];

    public static async Task<FrameClient> ConnectAsync(int port, bool withPreface = true)
    {
        var client = new FrameClient(await Hostility.ConnectAsync(port));
        if (withPreface)
        {
            await client.SendAsync(Preface);
        }

        return client;
    }

    public static byte[] Frame(FrameType type, FrameFlags flags, uint stream, params ReadOnlySpan<byte> payload) =>
        Frame(payload.Length, type, flags, stream, payload);

    /// <summary>A frame that claims a length of its own.</summary>
    public static byte[] Frame(int length, FrameType type, FrameFlags flags, uint stream, params ReadOnlySpan<byte> payload)
    {
        var frame = new byte[FrameHeader.Size + payload.Length];
        new FrameHeader(length, type, flags, stream).Write(frame);
        payload.CopyTo(frame.AsSpan(FrameHeader.Size));
        return frame;
    }

    public static byte[] Number(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    public static byte[] Block(string path, string method = "GET", params HeaderField[] more) => HpackEncoder.Encode(
        [new(":method", method), new(":scheme", "http"), new(":path", path), new(":authority", "up"), .. more]);

    public static byte[] Request(uint stream, string path, bool ends = true, string method = "GET", params HeaderField[] more) =>
        FramePayload.HeaderFrames(FrameType.Headers, stream, ends, Block(path, method, more), 16_384);

    public Task SendAsync(params byte[][] frames) => socket.PourAsync(frames.SelectMany(f => f).ToArray());

    public void EndSending()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // Ended by the other side.
        }
    }

    /// <summary>Reads to the end, whatever it is.</summary>
    public Task<byte[]> DrainAsync() => socket.DrainAsync();

    /// <summary>Reads up to a frame; fails when the connection ends before.</summary>
    public async Task<byte[]> UntilAsync(Func<FrameHeader, bool> wanted)
    {
        while (true)
        {
            var frame = await NextAsync();
            Assert.True(frame is not null, "the connection ended");
            if (wanted(frame.Value.Header))
            {
                return frame.Value.Payload;
            }
        }
    }

    /// <summary>Fields of the last head.</summary>
    public IReadOnlyList<HeaderField> LastHead => _decoder.Fields;

    /// <summary>The next frame; null when the connection ends, in whatever way.</summary>
    public async Task<(FrameHeader Header, byte[] Payload)?> NextAsync()
    {
        var buffer = new byte[64 * 1024];
        while (true)
        {
            if (_received.Count >= FrameHeader.Size)
            {
                var header = FrameHeader.Read(_received.Take(FrameHeader.Size).ToArray());
                if (_received.Count >= header.FrameLength)
                {
                    var payload = _received.GetRange(FrameHeader.Size, header.Length).ToArray();
                    _received.RemoveRange(0, header.FrameLength);
                    if (header.Type == FrameType.Headers)
                    {
                        Assert.Null(_decoder.Decode(payload));
                    }

                    return (header, payload);
                }
            }

            int count;
            try
            {
                count = await socket.ReceiveAsync(buffer).WaitAsync(TimeSpan.FromSeconds(30));
            }
            catch (SocketException)
            {
                // A reset is an end, too.
                return null;
            }

            if (count == 0)
            {
                return null;
            }

            _received.AddRange(buffer.AsSpan(0, count));
        }
    }

    /// <summary>Reads to the end of a stream.</summary>
    public Task<byte[]> AnsweredAsync(uint stream) => UntilAsync(h => h.StreamId == stream && h.Has(FrameFlags.EndStream));

    public void Dispose() => socket.Dispose();
}
