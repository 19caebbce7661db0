using System.Diagnostics;
using System.Globalization;
using Faultbox.Core.Events;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Http2.Codec;
using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Http2.Proxy;

/// <summary>
/// What the two directions of an HTTP/2 connection share. As long as no rule has touched it, frames pass as they are. Once a request was
/// kept back, the header tables of client and service differ: from then on request heads are written anew, in a form that uses no table,
/// and streams may have another number toward the service, since numbers may only grow.
/// </summary>
internal sealed class Http2Session : IDisposable
{
    private const int MaximumStreams = 10_000;
    private const int MaximumHeld = 64 * 1024 * 1024;
    private const int MaximumAdvance = 16 * 1024 * 1024;
    private const int HeldOverhead = 64;

    private const int RememberedCuts = 1000;

    private static readonly TimeSpan Refusal = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Queue<uint> _cut = new();
    private readonly Dictionary<uint, Http2Stream> _byClientId = [];
    private readonly Dictionary<uint, Http2Stream> _byUpstreamId = [];
    private readonly Dictionary<ActiveProxyRule, int> _streams = [];
    private readonly HashSet<Task> _work = [];
    private readonly HashSet<Task> _answers = [];
    private readonly TaskCompletionSource<ConnectionEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _over;
    private readonly long _openedAt = Stopwatch.GetTimestamp();
    private uint _highestUpstreamId;
    private uint _firstTracked = uint.MaxValue;
    private long _held;
    private volatile bool _isLost;
    private volatile bool _isBlind;
    private volatile bool _isTouched;
    private volatile bool _hasEnd;
    private bool _greeted;

    /// <summary>Begins a session.</summary>
    public Http2Session(ProxyConnection connection, IHttp2Dialect dialect, CancellationToken cancellation)
    {
        Connection = connection;
        Dialect = dialect;
        ToClient = new FrameSink(connection.Client);
        ToServer = new FrameSink(connection.Upstream);
        connection.Owed = () => _isBlind || _hasEnd ? null : Owed.Phase;
        connection.Holds = () => Guard(() => _answers.Count > 0);
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
    public ConnectionWindow Window { get; } = new();

    /// <summary>The connection window of the service.</summary>
    public ConnectionWindow ServerWindow { get; } = new();

    /// <summary>What the service still owes the client.</summary>
    public OwedAnswers Owed { get; } = new();

    /// <summary>True once a side has ended its direction: a client that has left is owed nothing, and a service that has has been reported.</summary>
    public bool HasEnd
    {
        get => _hasEnd;
        set => _hasEnd = value;
    }

    /// <summary>Fires when the connection is over.</summary>
    public CancellationToken Over => _over.Token;

    /// <summary>Completes when something other than a peer ends the connection.</summary>
    public Task<ConnectionEnd> Ended => _ended.Task;

    /// <summary>True when bytes are relayed without being understood.</summary>
    public bool IsBlind => _isBlind;

    /// <summary>True when something was said that is not understood.</summary>
    public bool IsLost => _isLost;

    /// <summary>Window that the client gives to new streams.</summary>
    public int ClientStreamWindow { get; set; } = 65_535;

    /// <summary>Window that the service gives to new streams.</summary>
    public int ServerStreamWindow { get; set; } = 65_535;

    /// <summary>Called when the service has changed the window that it gives to streams.</summary>
    public Action? ServerWindowChanged { get; set; }

    /// <summary>Every stream that is remembered. Look at it under <see cref="Guard"/>.</summary>
    public IEnumerable<Http2Stream> Streams => _byClientId.Values;

    /// <summary>Largest payload that the client takes.</summary>
    public int ClientFrameSize { get; set; } = 16_384;

    /// <summary>Largest payload that the service takes.</summary>
    public int ServerFrameSize { get; set; } = 16_384;

    /// <summary>Every stream is remembered from this number of the client on: numbers may differ from here.</summary>
    public void TrackFrom(uint id)
    {
        lock (_gate)
        {
            _firstTracked = Math.Min(_firstTracked, id);
        }
    }

    /// <summary>True for a number whose stream is over, or never began: its frames would meet another stream on the other side.</summary>
    public bool IsForgotten(uint id)
    {
        lock (_gate)
        {
            return IsClientNumber(id) && id >= _firstTracked;
        }
    }

    /// <summary>True for a number whose stream was reset before the client had ended it, so that more of it may be under way.</summary>
    public bool IsCut(uint id)
    {
        lock (_gate)
        {
            return _cut.Contains(id);
        }
    }

    /// <summary>True for a number that clients give to streams (RFC 9113 section 5.1.1).</summary>
    public static bool IsClientNumber(uint id) => (id & 1) == 1;

    /// <summary>Counts frames that are kept; more than there is room for end the connection.</summary>
    /// <param name="frames">Length of what is kept, negative for what is released.</param>
    public void Hold(int frames)
    {
        if (Interlocked.Add(ref _held, frames + (Math.Sign(frames) * HeldOverhead)) > MaximumHeld)
        {
            Misunderstand(ToClient, "more than 64 MiB of frames on streams that rules hold", Http2Error.EnhanceYourCalm);
        }
    }

    /// <summary>
    /// Keeps frames of a stream; called under <see cref="Guard"/>. Tells the credit that the sender of data is to be given so that other streams need not
    /// wait for this one; 0 when there is none, and when so much is kept that senders had better wait.
    /// </summary>
    /// <param name="held">Where they are kept.</param>
    /// <param name="frames">The frames.</param>
    /// <param name="isQueued">True when they wait for the window of their receiver: then their sender has to, as well.</param>
    public int Keep(Queue<HeldFrames> held, byte[] frames, bool isQueued)
    {
        var data = HeldFrames.DataLength(frames);
        var isAdvanced = data > 0 && !isQueued && Volatile.Read(ref _held) < MaximumAdvance;
        held.Enqueue(new HeldFrames(frames, isAdvanced));
        Hold(frames.Length);
        return isAdvanced ? data : 0;
    }

    /// <summary>The connection can no longer be relayed as it is.</summary>
    public void Touch() => _isTouched = true;

    /// <summary>
    /// Something was said that is not understood; recorded once. An untouched connection is relayed without rules from here on, any other one ends
    /// as by a peer that keeps the rules (RFC 9113 section 5.4.1).
    /// </summary>
    /// <param name="speaker">Frames toward the one who said it.</param>
    /// <param name="reason">What was said.</param>
    /// <param name="code">The error of the connection.</param>
    public void Misunderstand(FrameSink speaker, string reason, Http2Error code)
    {
        lock (_gate)
        {
            if (_isLost)
            {
                return;
            }

            _isBlind = !_isTouched;
            _isLost = true;
        }

        Connection.Emit("proxy_parse_error", new EventField("reason", reason));
        if (!_isBlind)
        {
            _ = RefuseAsync(speaker, code);
        }
    }

    /// <summary>The number of the last request of the client.</summary>
    public uint LastRequest { get; set; }

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

    /// <summary>Remembers a stream; more streams than any peer allows end the connection.</summary>
    public void Add(Http2Stream stream)
    {
        bool isTooMuch;
        lock (_gate)
        {
            stream.Window = ClientStreamWindow;
            _byClientId[stream.Id] = stream;
            isTooMuch = _byClientId.Count > MaximumStreams;
        }

        if (isTooMuch)
        {
            Touch();
            Misunderstand(ToClient, "more than 10 000 streams at once", Http2Error.EnhanceYourCalm);
        }
    }

    /// <summary>Gives a stream its number toward the service; the caller writes its head before anybody else can write one.</summary>
    /// <param name="id">Number toward the client.</param>
    /// <param name="stream">The stream when it is remembered; null when it is only so if numbers may differ.</param>
    /// <param name="ends">True when the client sends nothing more on it.</param>
    public uint Open(uint id, Http2Stream? stream, bool ends)
    {
        lock (_gate)
        {
            var upstreamId = id > _highestUpstreamId ? id : _highestUpstreamId + 2;
            _highestUpstreamId = upstreamId;
            Owed.Open(upstreamId);
            if (stream is null && id >= _firstTracked)
            {
                stream = new Http2Stream(id, request: null) { Window = ClientStreamWindow, ClientEnded = ends };
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

    /// <summary>Remembers a stream that began before any was: its number is the same on both sides.</summary>
    /// <param name="id">Its number.</param>
    public Http2Stream Track(uint id)
    {
        lock (_gate)
        {
            var stream = new Http2Stream(id, request: null) { Window = ClientStreamWindow, UpstreamId = id };
            _byClientId[id] = stream;
            _byUpstreamId[id] = stream;
            return stream;
        }
    }

    /// <summary>Gives a stream that was held its number toward the service; null when the client has reset it meanwhile.</summary>
    public uint? Open(Http2Stream stream)
    {
        lock (_gate)
        {
            return stream.FromClient == Passage.Discard ? null : Open(stream.Id, stream, stream.ClientEnded);
        }
    }

    /// <summary>One side has ended a stream; a stream that both have ended is forgotten.</summary>
    public void EndStream(Http2Stream stream, bool byClient)
    {
        lock (_gate)
        {
            stream.ClientEnded |= byClient;
            stream.ServerEnded |= !byClient;
            ForgetWhenOver(stream);
        }
    }

    /// <summary>The client gives credit for a stream, which those learn who wait for it.</summary>
    public void Grant(Http2Stream stream, int increment)
    {
        lock (_gate)
        {
            stream.Window += increment;
        }

        Window.Wake();
    }

    /// <summary>A reset ends a stream for both sides.</summary>
    public void ResetStream(Http2Stream stream, bool byClient)
    {
        lock (_gate)
        {
            if (!byClient && !stream.ClientEnded)
            {
                RememberCut(stream);
            }

            Owed.Close(stream.UpstreamId);

            stream.ClientEnded = true;
            stream.ServerEnded = true;
            ForgetWhenOver(stream);
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

    /// <summary>Acts on a stream while frames go on passing.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="work">What is done.</param>
    /// <param name="onAnswer">True when it is done with an answer of the service.</param>
    public void Start(Http2Stream stream, Func<Task> work, bool onAnswer = false)
    {
        Task task;
        lock (_gate)
        {
            stream.IsActing = true;
            task = GuardedAsync(stream, work);
            _work.Add(task);
            if (onAnswer)
            {
                _answers.Add(task);
            }
        }

        _ = task.ContinueWith(Finished, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    /// <summary>Completes when the answers that rules hold back have been given, or the connection is over.</summary>
    public Task AnswersGivenAsync() => Task.WhenAll(Guard(() => _answers.ToArray()));

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

    /// <summary>Tells a peer that its connection is over, if it listens, and ends it.</summary>
    private async Task RefuseAsync(FrameSink speaker, Http2Error code)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Over);
        limit.CancelAfter(Refusal);
        try
        {
            var last = speaker == ToClient ? LastRequest : 0;
            await speaker.WriteAsync(FramePayload.GoAway(last, code), limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or System.Net.Sockets.SocketException or ObjectDisposedException)
        {
            // It does not listen, or has left.
        }

        End(new ConnectionEnd("io_error", Reset: true));
    }

    private void Finished(Task work)
    {
        lock (_gate)
        {
            _work.Remove(work);
            _answers.Remove(work);
        }
    }

    private void RememberCut(Http2Stream stream)
    {
        _cut.Enqueue(stream.Id);
        if (_cut.Count > RememberedCuts)
        {
            _cut.Dequeue();
        }
    }

    private void ForgetWhenOver(Http2Stream stream)
    {
        if (stream.IsOver)
        {
            if (!stream.ClientEnded)
            {
                RememberCut(stream);
            }

            _byClientId.Remove(stream.Id);
            if (stream.UpstreamId != 0)
            {
                _byUpstreamId.Remove(stream.UpstreamId);
            }
        }
    }

    private async Task GuardedAsync(Http2Stream stream, Func<Task> work)
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

        lock (_gate)
        {
            stream.IsActing = false;
            ForgetWhenOver(stream);
        }
    }
}
