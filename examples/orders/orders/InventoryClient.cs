using System.Net;
using System.Net.Sockets;
using Polly;
using Polly.Retry;

namespace Orders;

/// <summary>
/// Asks inventory for goods. Every attempt is a connection of its own; reservations are idempotent by order id, so an attempt
/// that may or may not have arrived can be repeated.
/// </summary>
internal sealed class InventoryClient(string host, int port)
{
    /// <summary>The longest a caller waits, retries and pauses included.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(2);

    /// <summary>The longest one attempt may take. Shorter than the deadline: an early attempt that hangs ends before it.</summary>
    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromMilliseconds(1200);

    // From the outside in: the deadline covers everything, the retry covers attempts, the timeout covers one attempt.
    private readonly ResiliencePipeline<InventoryReply> pipeline = new ResiliencePipelineBuilder<InventoryReply>()
        .AddTimeout(Deadline)
        .AddRetry(new RetryStrategyOptions<InventoryReply>
        {
            // Only a broken or refused connection is repeated. A slow inventory is not: asking again would add to its load.
            ShouldHandle = new PredicateBuilder<InventoryReply>().Handle<SocketException>().Handle<IOException>(),
            MaxRetryAttempts = 3,
            BackoffType = DelayBackoffType.Exponential,
            Delay = TimeSpan.FromMilliseconds(50),
            UseJitter = true,
        })
        .AddTimeout(AttemptTimeout)
        .Build();

    /// <summary>Reserves the goods of an order.</summary>
    /// <exception cref="SocketException">Inventory could not be reached, after all retries.</exception>
    /// <exception cref="IOException">The connection broke before the whole reply was there, after all retries.</exception>
    /// <exception cref="Polly.Timeout.TimeoutRejectedException">An attempt or the whole call took too long.</exception>
    public ValueTask<InventoryReply> ReserveAsync(Order order, CancellationToken cancellation) =>
        pipeline.ExecuteAsync(async token => await AttemptAsync($"RESERVE {order.Sku} {order.Qty} {order.Id}", token), cancellation);

    // A system call that the kernel holds (a name look-up, a connect on a struggling host) does not see a cancelled token. It
    // runs on a thread of its own, and is no longer waited for when the time is up: that is what makes the deadline hard.
    private Task<InventoryReply> AttemptAsync(string command, CancellationToken cancellation) =>
        Task.Run(() => AskAsync(command, cancellation), cancellation).WaitAsync(cancellation);

    private async Task<InventoryReply> AskAsync(string command, CancellationToken cancellation)
    {
        // Connecting to an address and not to a name: one attempt is exactly one connect call.
        var addresses = await Dns.GetHostAddressesAsync(host, AddressFamily.InterNetwork, cancellation);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(new IPEndPoint(addresses[0], port), cancellation);

        await using var stream = new NetworkStream(socket);
        using var reader = new StreamReader(stream);
        await using var writer = new StreamWriter(stream) { NewLine = "\n" };
        await writer.WriteLineAsync(command);
        await writer.FlushAsync(cancellation);
        var line = await reader.ReadLineAsync(cancellation) ?? throw new IOException("inventory closed the connection without a reply");
        return InventoryReply.Parse(line);
    }
}
