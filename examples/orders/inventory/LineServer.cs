using System.Net;
using System.Net.Sockets;

namespace Inventory;

/// <summary>One command per line in, one reply per line out, over TCP on the loopback interface.</summary>
internal sealed class LineServer(Warehouse warehouse, int port)
{
    /// <summary>Serves until <paramref name="stop"/> is cancelled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        while (!stop.IsCancellationRequested)
        {
            try
            {
                _ = ServeAsync(await listener.AcceptSocketAsync(stop), stop);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException failure)
            {
                await Console.Error.WriteLineAsync($"accept failed: {failure.SocketErrorCode}");
                await Task.Delay(TimeSpan.FromMilliseconds(50), CancellationToken.None);
            }
        }
    }

    private async Task ServeAsync(Socket socket, CancellationToken stop)
    {
        try
        {
            await using var stream = new NetworkStream(socket, ownsSocket: true);
            using var reader = new StreamReader(stream);
            await using var writer = new StreamWriter(stream) { AutoFlush = true, NewLine = "\n" };
            while (await reader.ReadLineAsync(stop) is { } line)
            {
                await writer.WriteLineAsync(Answer(line).AsMemory(), stop);
            }
        }
        catch (Exception end) when (end is IOException or OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("connection ended before the client closed it");
        }
    }

    private string Answer(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries) switch
    {
        ["PING"] => "PONG",
        ["STOCK", var sku] => warehouse.Stock(sku),
        ["CHECK"] => warehouse.Check(),
        ["RESERVE", var sku, var text, var order] when int.TryParse(text, out var quantity) && quantity > 0 && order.Length <= 100 =>
            warehouse.Reserve(new Reservation(sku, quantity, order)),
        _ => "ERR EINVAL expected RESERVE <sku> <qty> <order-id>, STOCK <sku>, CHECK or PING",
    };
}
