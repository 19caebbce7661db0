using System.Net.Sockets;
using Faultbox.Core.Matching;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Tests.Relay;

namespace Faultbox.Protocols.Tests.Tcp;

/// <summary>Conversations through the proxy are byte for byte those without it, however they are cut into segments.</summary>
public sealed class TcpExactnessTests
{
    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(4, true)]
    [InlineData(5, true)]
    public async Task A_conversation_arrives_as_it_was_sent(int seed, bool withRules)
    {
        var random = new Random(seed);
        var question = Bytes(random, random.Next(1, 3_000_000));
        var answer = Bytes(random, random.Next(1, 3_000_000));
        using var peer = new RecordingPeer(async (socket, self) =>
        {
            var sending = SendInPiecesAsync(socket, answer, new Random(seed + 100));
            while (await self.ReceiveUntilAsync(socket, int.MaxValue))
            {
            }

            await sending;
            socket.Close();
        });
        using var port = new ProxiedPort().To(peer.Port);
        if (withRules)
        {
            // Rules that wait for a prefix which the conversation begins with and then leaves, and rules that never match.
            port.Open(
                new ProxyFault { Action = ProxyAction.Drop, Matcher = new MessageMatcher { Method = new MessageGlob("AAAAAAAAZ") } },
                new ProxyFault { Action = ProxyAction.Error, Matcher = new MessageMatcher { Body = "no such text in it"u8.ToArray() } });
            "AAAAAAAA"u8.CopyTo(question);
        }

        using var client = port.Connect();
        var received = Task.Run(client.Rest, TestContext.Current.CancellationToken);
        await SendInPiecesAsync(client, question, random);
        client.Shutdown(SocketShutdown.Send);

        Assert.Equal(answer, await received);
        Assert.Equal(question, peer.Received);
        Assert.Empty(port.Log.OfType("proxy"));
    }

    private static byte[] Bytes(Random random, int length)
    {
        var bytes = new byte[Math.Max(length, 16)];
        random.NextBytes(bytes);
        return bytes;
    }

    private static async Task SendInPiecesAsync(Socket socket, byte[] data, Random random)
    {
        for (var sent = 0; sent < data.Length;)
        {
            var size = random.Next(4) switch { 0 => random.Next(1, 8), 1 => random.Next(1, 2000), _ => random.Next(1, 200_000) };
            var piece = data.AsMemory(sent, Math.Min(size, data.Length - sent));
            for (var rest = piece; !rest.IsEmpty;)
            {
                rest = rest[await socket.SendAsync(rest)..];
            }

            sent += piece.Length;
            if (random.Next(50) == 0)
            {
                await Task.Delay(random.Next(1, 4));
            }
        }
    }
}
