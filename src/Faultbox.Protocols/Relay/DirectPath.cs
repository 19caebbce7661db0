using System.Runtime.CompilerServices;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Polling;

namespace Faultbox.Protocols.Relay;

/// <summary>
/// Moves bytes of one direction from socket to socket without having them in memory (splice(2)), while they come in bulk and nothing is to see
/// them. Small pieces are quicker through memory.
/// </summary>
/// <param name="connection">The connection.</param>
/// <param name="direction">The direction.</param>
/// <param name="isSeen">Tells whether rules on messages are to see what comes next; null when none ever is.</param>
internal sealed class DirectPath(ProxyConnection connection, TrafficDirection direction, Func<InterfaceRules, bool>? isSeen = null)
{
    private const int LargestPiece = 64 * 1024;
    private const int BulkBegins = 16 * 1024;
    private const int BulkEnds = 4 * 1024;

    private bool _isBulk;

    /// <summary>True when the next piece may take this path.</summary>
    public bool IsOpen =>
        _isBulk
        && connection.Client.Bare is not null
        && connection.Upstream.Bare is not null
        && !(isSeen is not null && connection.Rules is { HasMessageRules: true } rules && isSeen(rules));

    /// <summary>Learns how many bytes were received into memory at once.</summary>
    public void Observe(int count) => _isBulk = count >= BulkBegins;

    /// <summary>
    /// Moves what is there. 0 when there is nothing: wait until the source is readable, and ask anew whether the path is open. It closes at the
    /// end of the stream, which a receive tells.
    /// </summary>
    /// <param name="most">Bytes that may be moved.</param>
    /// <param name="cancellation">Ends the wait for the destination.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> MoveAsync(long most, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using var pipe = SplicePipe.Rent();
        if (pipe is null)
        {
            _isBulk = false;
            return 0;
        }

        var (count, destination) = Receive(pipe, (int)Math.Min(most, LargestPiece));
        if (count <= 0)
        {
            _isBulk &= count < 0;
            return 0;
        }

        _isBulk = count >= BulkEnds;
        connection.Count(direction, count);
        await destination!.SendAsync(pipe, cancellation).ConfigureAwait(false);
        return count;
    }

    /// <summary>Rules that come meanwhile wait until the piece is in the pipe: what arrives after they are in force is seen by them.</summary>
    private (int Count, SocketLeg? Destination) Receive(SplicePipe pipe, int most)
    {
        lock (connection.RulesGate)
        {
            return IsOpen ? (Source.Bare!.TryReceive(pipe, most), Destination.Bare) : (-1, null);
        }
    }

    private Leg Source => direction == TrafficDirection.ClientToServer ? connection.Client : connection.Upstream;

    private Leg Destination => direction == TrafficDirection.ClientToServer ? connection.Upstream : connection.Client;
}
