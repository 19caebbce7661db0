using System.Net;
using System.Net.Sockets;
using Faultbox.Core.Matching;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Http2.Codec;
using Faultbox.Protocols.Tests.Hostile;
using Faultbox.Protocols.Tests.Relay;

namespace Faultbox.Protocols.Tests.Http2;

/// <summary>Bodies that merely pass cost no memory, however small their frames are, and neither does the credit for them.</summary>
[Collection(nameof(Alone))]
[Trait("Category", "Slow")]
public sealed class BodyCostTests
{
    private const int Frames = 20;
    private const int Payload = 4;
    private const uint Stream = 3;

    /// <summary>What each side sends in one turn: some data, and credit for those of the other side.</summary>
    private static readonly byte[] Turn =
    [
        .. Enumerable.Repeat(FrameClient.Frame(FrameType.Data, FrameFlags.None, Stream, "data"u8), Frames).SelectMany(f => f),
        .. FramePayload.WindowUpdate(0, Frames * Payload),
        .. FramePayload.WindowUpdate(Stream, Frames * Payload),
    ];

    /// <summary>Streams are known to the proxy once a rule has met one before them.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Frames_of_bodies_pass_without_allocation(bool isKnown)
    {
        const int Turns = 10_000;
        const int All = 2 * Turns * (Frames + 2);
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using var port = new ProxiedPort("http2").To(((IPEndPoint)listener.LocalEndPoint!).Port);
        if (isKnown)
        {
            port.Open(new ProxyFault { Action = ProxyAction.Delay, Delay = TimeSpan.FromMilliseconds(1), Matcher = new MessageMatcher { Path = new MessageGlob("/met") } });
        }

        using var client = port.Connect();
        client.Send([.. FrameClient.Preface, .. FrameClient.Request(1, "/met")]);
        using var service = listener.Accept();
        service.NoDelay = true;
        service.ReceiveTimeout = client.ReceiveTimeout;
        Read(service, new byte[24]);
        ReadHead(service);
        client.Send(FrameClient.Request(Stream, "/", ends: false, "POST"));
        ReadHead(service);
        service.Send([.. FrameClient.Frame(FrameType.Settings, FrameFlags.None, 0), .. FramePayload.HeaderFrames(FrameType.Headers, Stream, false, HpackEncoder.Encode([new(":status", "200")]), 16_384)]);
        ReadHead(client);
        var received = new byte[Turn.Length];
        Take(Turns / 10);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        Take(Turns);
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;

        TestContext.Current.SendDiagnosticMessage($"{allocated} bytes for {All} frames");
        Assert.Equal(isKnown ? 1 : 0, port.Events("proxy", isKnown ? 1 : 0).Count);
        Assert.True(allocated < All, $"{allocated} bytes for {All} frames");

        void Take(int turns)
        {
            for (var i = 0; i < turns; i++)
            {
                client.Send(Turn);
                Read(service, received);
                Assert.True(received.AsSpan().SequenceEqual(Turn));
                service.Send(Turn);
                Read(client, received);
                Assert.True(received.AsSpan().SequenceEqual(Turn));
            }
        }
    }

    /// <summary>Reads frames up to the first head.</summary>
    private static void ReadHead(Socket socket)
    {
        var frame = new byte[FrameHeader.Size];
        FrameHeader header;
        do
        {
            Read(socket, frame);
            header = FrameHeader.Read(frame);
            Read(socket, new byte[header.Length]);
        }
        while (header.Type != FrameType.Headers);
    }

    private static void Read(Socket socket, Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            // Comparing assertions allocate.
            var count = socket.Receive(bytes);
            Assert.True(count > 0);
            bytes = bytes[count..];
        }
    }
}
