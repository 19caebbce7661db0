using System.Net;
using System.Net.Sockets;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace Orders;

/// <summary>Asks the inventory service for goods. Every attempt is a new connection; a reservation is idempotent, so retrying is safe.</summary>
internal sealed class InventoryClient(string host, int port)
{
    private readonly ResiliencePipeline pipeline = new ResiliencePipelineBuilder()
        .AddTimeout(TimeSpan.FromSeconds(2))
        .AddRetry(new RetryStrategyOptions
        {
            // Only a broken connection is worth a retry. A slow inventory is given its time once: asking it again adds load.
            ShouldHandle = new PredicateBuilder().Handle<SocketException>().Handle<IOException>(),
            MaxRetryAttempts = 3,
            BackoffType = DelayBackoffType.Exponential,
            Delay = TimeSpan.FromMilliseconds(50),
            UseJitter = true,
        })
        .AddTimeout(TimeSpan.FromMilliseconds(1500))
        .Build();

    /// <summary>Reserves goods for an order.</summary>
    /// <returns>The reply line of the inventory service: <c>OK …</c> or <c>ERR &lt;code&gt; &lt;text&gt;</c>.</returns>
    /// <exception cref="SocketException">Inventory could not be reached, after all retries.</exception>
    /// <exception cref="IOException">The connection broke before the reply, after all retries.</exception>
    /// <exception cref="TimeoutRejectedException">The deadline passed.</exception>
    public async Task<string> ReserveAsync(Order order, CancellationToken cancellation) =>
        await pipeline.ExecuteAsync(async token => await AskAsync($"RESERVE {order.Sku} {order.Qty} {order.Id}", token), cancellation);

    private async Task<string> AskAsync(string command, CancellationToken cancellation)
    {
        // A literal address: one attempt is exactly one connect() call. A name like "localhost" would try IPv6 first.
        var address = host == "localhost" ? IPAddress.Loopback : (await Dns.GetHostAddressesAsync(host, cancellation))[0];
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(new IPEndPoint(address, port), cancellation);

        await using var stream = new NetworkStream(socket);
        using var reader = new StreamReader(stream);
        await using var writer = new StreamWriter(stream) { AutoFlush = true, NewLine = "\n" };
        await writer.WriteLineAsync(command.AsMemory(), cancellation);
        return await reader.ReadLineAsync(cancellation) ?? throw new IOException("inventory closed the connection without a reply");
    }
}
