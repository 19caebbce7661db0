using System.Net;
using System.Net.Sockets;

namespace Inventory;

/// <summary>One command per line in, one reply per line out, over TCP on the loopback interface.</summary>
internal sealed class LineServer(Warehouse warehouse, int port)
{
    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(50);

    /// <summary>Serves until <paramref name="stop"/> is cancelled.</summary>
    /// <exception cref="SocketException">The port cannot be bound.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        try
        {
            while (true)
            {
                await AcceptAsync(listener, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            Console.Error.WriteLine("inventory: stopped");
        }
    }

    private async Task AcceptAsync(TcpListener listener, CancellationToken stop)
    {
        try
        {
            var client = await listener.AcceptSocketAsync(stop);
            _ = ServeAsync(client, stop);
        }
        catch (SocketException failure)
        {
            // Out of descriptors, or a client that left early. The pause keeps a lasting failure from spinning.
            Console.Error.WriteLine($"inventory: accept failed ({failure.SocketErrorCode})");
            await Task.Delay(AcceptPause, stop);
        }
    }

    private async Task ServeAsync(Socket client, CancellationToken stop)
    {
        try
        {
            client.NoDelay = true;
            await using var stream = new NetworkStream(client, ownsSocket: true);
            using var reader = new StreamReader(stream);
            await using var writer = new StreamWriter(stream) { NewLine = "\n" };
            while (await reader.ReadLineAsync(stop) is { } line)
            {
                await writer.WriteLineAsync(CommandLine.Execute(warehouse, line).Line);
                await writer.FlushAsync(stop);
            }
        }
        catch (Exception end) when (end is IOException or OperationCanceledException)
        {
            // A reply that cannot be sent leaves the reservation standing; the client asks again with the same order id.
            Console.Error.WriteLine("inventory: a connection ended early");
        }
    }
}
