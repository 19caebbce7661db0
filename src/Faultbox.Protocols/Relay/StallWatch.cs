using System.Globalization;
using Faultbox.Core.Events;

namespace Faultbox.Protocols.Relay;

/// <summary>
/// Looks once a second for connections whose peer does not take the bytes that the proxy holds for it, and reports each twice: after 5 s
/// and after 30 s. Costs nothing while there are no connections.
/// </summary>
internal sealed class StallWatch
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan[] Limits = [TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30)];

    private readonly Func<IEnumerable<LiveConnection>> _connections;
    private int _watching;

    /// <summary>Prepares a watch.</summary>
    /// <param name="connections">The connections at the moment.</param>
    public StallWatch(Func<IEnumerable<LiveConnection>> connections) => _connections = connections;

    /// <summary>Watches until there are no connections any more; call it for each new one.</summary>
    public void Wake()
    {
        if (Interlocked.Exchange(ref _watching, 1) == 0)
        {
            _ = WatchAsync();
        }
    }

    private async Task WatchAsync()
    {
        bool any;
        do
        {
            await Task.Delay(Interval).ConfigureAwait(false);
            any = false;
            foreach (var live in _connections())
            {
                any = true;
                Examine(live, live.Upstream, 0, "client_to_server");
                Examine(live, live.Client, 1, "server_to_client");
            }
        }
        while (any);

        Volatile.Write(ref _watching, 0);
        if (_connections().Any())
        {
            Wake();
        }
    }

    private static void Examine(LiveConnection live, SocketLeg destination, int direction, string name)
    {
        var (bytes, time) = destination.Stuck;
        ref var reports = ref live.StallReports[direction];
        if (bytes == 0 || time < Limits[0])
        {
            reports = 0;
            return;
        }

        if (reports < Limits.Length && time >= Limits[reports])
        {
            reports++;
            live.Connection.Emit(
                "proxy_stall",
                new EventField("direction", name),
                new EventField("phase", "command"),
                new EventField("pending_bytes", bytes.ToString(CultureInfo.InvariantCulture)),
                new EventField("stalled_ms", ((long)time.TotalMilliseconds).ToString(CultureInfo.InvariantCulture)));
        }
    }
}
