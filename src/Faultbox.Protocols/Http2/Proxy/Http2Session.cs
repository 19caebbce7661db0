using System.Diagnostics;
using System.Globalization;
using Faultbox.Core.Events;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Http2.Proxy;

/// <summary>
/// What the two directions of an HTTP/2 connection share. As long as no rule has touched it, frames pass as they are. Once a request was
/// kept back, the header tables of client and service differ: from then on request heads are written anew, in a form that uses no table,
/// and streams may have another number toward the service, since numbers may only grow.
/// </summary>
internal sealed class Http2Session : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<uint, Http2Stream> _byClientId = [];
    private readonly Dictionary<uint, Http2Stream> _byUpstreamId = [];
    private readonly Dictionary<ActiveProxyRule, int> _streams = [];
    private readonly HashSet<Task> _work = [];
    private readonly TaskCompletionSource<ConnectionEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _over;
    private readonly long _openedAt = Stopwatch.GetTimestamp();
    private uint _highestUpstreamId;
    private volatile bool _isBlind;
    private volatile bool _isTouched;
    private bool _greeted;

    /// <summary>Begins a session.</summary>
    public Http2Session(ProxyConnection connection, IHttp2Dialect dialect, CancellationToken cancellation)
    {
        Connection = connection;
        Dialect = dialect;
        ToClient = new FrameSink(connection.Client);
        ToServer = new FrameSink(connection.Upstream);
        _over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
    }

    /// <summary>The connection.</summary>
    public ProxyConnection Connection { get; }

    /// <summary>What the protocol makes of streams.</summary>
    public IHttp2Dialect Dialect { get; }

    /// <summary>Frames toward the client.</summary>
    public FrameSink ToClient { get; }

    /// <summary>Frames toward the service.</summary>
    public FrameSink ToServer { get; }

    /// <summary>The connection window of the client.</summary>
    public ClientWindow Window { get; } = new();

    /// <summary>Fires when the connection is over.</summary>
    public CancellationToken Over => _over.Token;

    /// <summary>Completes when something other than a peer ends the connection.</summary>
    public Task<ConnectionEnd> Ended => _ended.Task;

    /// <summary>True when bytes are relayed without being understood.</summary>
    public bool IsBlind => _isBlind;

    /// <summary>Window that the client gives to new streams.</summary>
    public int ClientStreamWindow { get; set; } = 65_535;

    /// <summary>Largest payload that the client takes.</summary>
    public int ClientFrameSize { get; set; } = 16_384;

    /// <summary>Largest payload that the service takes.</summary>
    public int ServerFrameSize { get; set; } = 16_384;

    /// <summary>The connection can no longer be relayed as it is.</summary>
    public void Touch() => _isTouched = true;

    /// <summary>
    /// Something was said that is not understood: an untouched connection is relayed without rules from here on, any other one ends.
    /// </summary>
    public void Misunderstand(string reason)
    {
        Connection.Emit("proxy_parse_error", new EventField("reason", reason));
        if (_isTouched)
        {
            End(new ConnectionEnd("io_error", Reset: true));
        }
        else
        {
            _isBlind = true;
        }
    }

    /// <summary>The last stream that is served after the end of the connection was announced by a rule; null before.</summary>
    public uint? LastStream { get; private set; }

    /// <summary>Counts a stream that a rule meets; true when the end of the connection is to be announced with it.</summary>
    public bool IsAnnounced(ActiveProxyRule rule, uint id, HttpGoAway fault)
    {
        lock (_gate)
        {
            var streams = _streams[rule] = _streams.GetValueOrDefault(rule) + 1;
            if (streams < fault.AfterStreams || LastStream is not null)
            {
                return false;
            }

            LastStream = fault.Graceful ? id : Math.Max(id, 2) - 2;
            return true;
        }
    }

    /// <summary>Ends the connection.</summary>
    public void End(ConnectionEnd end) => _ended.TrySetResult(end);

    /// <summary>Records the first request.</summary>
    public void Greet()
    {
        if (!_greeted)
        {
            _greeted = true;
            Connection.Emit(
                "proxy_handshake_complete",
                new EventField("duration_ms", ((long)Stopwatch.GetElapsedTime(_openedAt).TotalMilliseconds).ToString(CultureInfo.InvariantCulture)),
                new EventField("rounds", "1"));
        }
    }

    /// <summary>Records that a rule acts on a stream.</summary>
    public void Record(ActiveProxyRule rule, Http2Stream stream) => Connection.Rules?.Emit(
        rule, Connection.Consumer, Connection.Id, [.. Dialect.Describe(rule.Fault, stream.Request!)]);

    /// <summary>Looks at the streams, one caller at a time.</summary>
    public T Guard<T>(Func<T> look)
    {
        lock (_gate)
        {
            return look();
        }
    }

    /// <summary>The stream of a number of the client; null when nothing is known of it.</summary>
    public Http2Stream? FromClient(uint id)
    {
        lock (_gate)
        {
            return _byClientId.GetValueOrDefault(id);
        }
    }

    /// <summary>The stream of a number of the service; null when nothing is known of it.</summary>
    public Http2Stream? FromServer(uint upstreamId)
    {
        lock (_gate)
        {
            return _byUpstreamId.GetValueOrDefault(upstreamId);
        }
    }

    /// <summary>Remembers a stream.</summary>
    public void Add(Http2Stream stream)
    {
        lock (_gate)
        {
            stream.Window = ClientStreamWindow;
            _byClientId[stream.Id] = stream;
        }
    }

    /// <summary>Gives a stream its number toward the service; the caller writes its head before anybody else can write one.</summary>
    /// <param name="id">Number toward the client.</param>
    /// <param name="stream">The stream when it is remembered; null when it is only so if its number changes.</param>
    public uint Open(uint id, Http2Stream? stream)
    {
        lock (_gate)
        {
            var upstreamId = id > _highestUpstreamId ? id : _highestUpstreamId + 2;
            _highestUpstreamId = upstreamId;
            if (stream is null && upstreamId != id)
            {
                stream = new Http2Stream(id, request: null) { Window = ClientStreamWindow };
                _byClientId[id] = stream;
            }

            if (stream is not null)
            {
                stream.UpstreamId = upstreamId;
                _byUpstreamId[upstreamId] = stream;
            }

            return upstreamId;
        }
    }

    /// <summary>One side has ended a stream; a stream that both have ended is forgotten.</summary>
    public void EndStream(Http2Stream stream, bool byClient)
    {
        lock (_gate)
        {
            stream.ClientEnded |= byClient;
            stream.ServerEnded |= !byClient;
            if (stream is { ClientEnded: true, ServerEnded: true, UpstreamId: not 0, FromClient: Passage.Pass, FromServer: Passage.Pass })
            {
                _byClientId.Remove(stream.Id);
                _byUpstreamId.Remove(stream.UpstreamId);
            }
        }
    }

    /// <summary>The last stream of the client that the service has seen, when the service names its own number for it.</summary>
    public uint LastClientId(uint upstreamId)
    {
        lock (_gate)
        {
            return _byUpstreamId.Values.Where(s => s.UpstreamId <= upstreamId).Select(s => s.Id).Append(upstreamId).Max();
        }
    }

    /// <summary>Does something while frames go on passing.</summary>
    public void Start(Func<Task> work)
    {
        lock (_gate)
        {
            _work.RemoveWhere(t => t.IsCompleted);
            _work.Add(GuardedAsync(work));
        }
    }

    /// <summary>Ends everything that was started, and waits for it.</summary>
    public async Task StopAsync()
    {
        await _over.CancelAsync().ConfigureAwait(false);
        Task[] pending;
        lock (_gate)
        {
            pending = [.. _work];
        }

        await Task.WhenAll(pending).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ToClient.Dispose();
        ToServer.Dispose();
        _over.Dispose();
    }

    private async Task GuardedAsync(Func<Task> work)
    {
        await Task.Yield();
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or System.Net.Sockets.SocketException or ObjectDisposedException)
        {
            // A connection that has ended is noticed by whoever reads from it.
        }
    }
}
