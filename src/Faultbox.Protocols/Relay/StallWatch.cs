using System.Diagnostics;
using System.Globalization;
using Faultbox.Core.Events;

namespace Faultbox.Protocols.Relay;

/// <summary>
/// Looks once a second for connections whose peer does not take the bytes that the proxy holds for it, and for those on which the service owes
/// an answer and nothing moves, and reports each twice: after 5 s and after 30 s. Costs nothing while there are no connections.
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
                Examine(live, live.Upstream.Stuck, 0, "client_to_server");
                Examine(live, live.Client.Stuck is { Bytes: > 0 } stuck ? stuck : (0, Silence(live)), 1, "server_to_client");
            }
        }
        while (any);

        Volatile.Write(ref _watching, 0);
        if (_connections().Any())
        {
            Wake();
        }
    }

    /// <summary>For how long nothing has moved although the service owes an answer that no rule holds; nothing when it owes none.</summary>
    private static TimeSpan Silence(LiveConnection live)
    {
        var connection = live.Connection;
        var moved = connection.ClientBytes + connection.ServerBytes;
        if (connection.IsHeld || connection.Owed?.Invoke() is null || live.Progress.Bytes != moved)
        {
            live.Progress = (moved, Stopwatch.GetTimestamp());
            return TimeSpan.Zero;
        }

        return Stopwatch.GetElapsedTime(live.Progress.Time);
    }

    private static void Examine(LiveConnection live, (int Bytes, TimeSpan Time) pending, int direction, string name)
    {
        var (bytes, time) = pending;
        ref var reports = ref live.StallReports[direction];
        if (time < Limits[0])
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
