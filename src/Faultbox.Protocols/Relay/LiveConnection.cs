namespace Faultbox.Protocols.Relay;

/// <summary>A connection under relay with the sockets at its two ends.</summary>
/// <param name="connection">The connection as its relay sees it.</param>
/// <param name="client">Socket of the client.</param>
/// <param name="upstream">Socket of the service.</param>
internal sealed class LiveConnection(ProxyConnection connection, SocketLeg client, SocketLeg upstream)
{
    /// <summary>The connection as its relay sees it.</summary>
    public ProxyConnection Connection => connection;

    /// <summary>Socket of the client.</summary>
    public SocketLeg Client => client;

    /// <summary>Socket of the service.</summary>
    public SocketLeg Upstream => upstream;

    /// <summary>Address of the client.</summary>
    public string ClientAddress { get; } = client.RemoteAddress;

    /// <summary>Completes when the relay has ended and its end is recorded.</summary>
    public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How often each direction was reported as stalled since it last moved: to the service, to the client.</summary>
    public int[] StallReports { get; } = new int[2];

    /// <summary>How many bytes had passed in all when an owed answer was last seen to move, and when that was.</summary>
    public (long Bytes, long Time) Progress { get; set; } = (-1, 0);

    /// <summary>True when the proxy has put an end to it.</summary>
    public bool IsSevered { get; private set; }

    /// <summary>Resets both sockets, whatever is in flight.</summary>
    public void Reset()
    {
        IsSevered = true;
        client.Reset();
        upstream.Reset();
    }

    /// <summary>Closes both legs.</summary>
    /// <param name="reset">True to end with RST what is still open.</param>
    public void Close(bool reset)
    {
        if (reset)
        {
            connection.Client.Reset();
            connection.Upstream.Reset();
        }

        connection.Client.Dispose();
        connection.Upstream.Dispose();
    }
}
