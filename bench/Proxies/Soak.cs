using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Faultbox.Core;
using Faultbox.Core.Proxying;
using Faultbox.Core.Topology;
using Faultbox.Protocols;
using Faultbox.Protocols.Relay;

namespace Faultbox.Bench.Proxies;

/// <summary>
/// Random rules on random traffic of every protocol, with clients that end in every way. When all have gone, the connections, the tasks, the
/// sockets and the memory of the process must be what they were after the first seconds.
/// </summary>
internal sealed class Soak : IDisposable
{
    private const int Clients = 24;
    private const string Tls = SoakFaults.Tls;
    private const int SocketSlack = 16;
    private const int TaskSlack = 16;
    private const long MemorySlack = 16 << 20;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SettleLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);
    private static readonly SourcePosition Written = new("soak.star", 1, 1);

    private readonly TlsEcho _tls = new();
    private readonly Dictionary<string, InterfaceProxy> _proxies;
    private readonly Dictionary<string, ProxyUpstream> _upstreams;
    private readonly Dictionary<string, int> _fired = [];
    private long _exchanges;
    private long _ended;
    private long _windows;
    private long _tests;
    private long _abandoned;

    private Soak(Peers peers)
    {
        _upstreams = new()
        {
            ["tcp"] = At(peers.Tcp),
            ["http"] = At(peers.Http),
            ["http2"] = At(peers.Http2),
            ["grpc"] = At(peers.Grpc),
            ["udp"] = At(peers.Udp),
            [Tls] = new ProxyUpstream("127.0.0.1", _tls.Port),
        };
        _proxies = _upstreams.Where(u => u.Key != Tls).ToDictionary(u => u.Key, u => ProtocolRegistry.ProxyOf(u.Key)!.Reserve(
            new ProxyPlace { Target = new InterfaceAddress("service", u.Key), Protocol = u.Key }));
        _proxies[Tls] = ProtocolRegistry.ProxyOf("tcp")!.Reserve(
            new ProxyPlace { Target = new InterfaceAddress("service", Tls), Protocol = "tcp", Stages = [_tls.Stage()] });
    }

    /// <summary>Runs for a time and says what has leaked; 0 when nothing has.</summary>
    public static int Run(TimeSpan time)
    {
        LiveTasks.Watch();
        using var peers = new Peers(measures: false);
        using var soak = new Soak(peers);
        soak.Traffic(WarmUp);
        var before = soak.Settled(holds: null);
        soak.Traffic(time);
        var after = soak.Settled(holds: s => s.IsNoMoreThan(before));
        Console.WriteLine(FormattableString.Invariant(
            $"{soak._exchanges} exchanges done, {soak._ended} ended by a rule or abandoned, {soak._windows} windows, {soak._tests} tests"));
        Console.WriteLine($"rules fired  {string.Join(", ", soak._fired.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => $"{f.Key} {f.Value}"))}");
        Console.WriteLine(FormattableString.Invariant($"connections  {before.Connections} before, {after.Connections} after"));
        Console.WriteLine(FormattableString.Invariant($"tasks        {before.Tasks} before, {after.Tasks} after"));
        Console.WriteLine(FormattableString.Invariant($"sockets      {before.Sockets} before, {after.Sockets} after"));
        Console.WriteLine(FormattableString.Invariant($"memory held  {before.Memory / 1024} KiB before, {after.Memory / 1024} KiB after"));
        Console.WriteLine(FormattableString.Invariant($"relays that did not end in time: {soak._abandoned}"));
        var isLeaking = !after.IsNoMoreThan(before);
        if (isLeaking)
        {
            Console.WriteLine(LiveTasks.Names());
        }

        var hasFailed = isLeaking || soak._abandoned > 0 || soak._exchanges == 0;
        Console.WriteLine(hasFailed ? "FAILED" : "PASS");
        return hasFailed ? 1 : 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var proxy in _proxies.Values)
        {
            proxy.Dispose();
        }

        _tls.Dispose();
    }

    private static ProxyUpstream At(Route route) => new("127.0.0.1", route.Direct);

    /// <summary>What the process holds, once it holds no more than it should or the time is up.</summary>
    private Holdings Settled(Func<Holdings, bool>? holds)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            Thread.Sleep(500);
            GC.Collect();
            GC.WaitForPendingFinalizers();
            var state = new Holdings(
                _proxies.Values.Sum(p => p.LiveCount), LiveTasks.Count, Sockets(), GC.GetTotalMemory(forceFullCollection: true));
            if (waited.Elapsed > (holds is null ? TimeSpan.FromSeconds(2) : SettleLimit) || holds?.Invoke(state) == true)
            {
                return state;
            }
        }
    }

    private static int Sockets() =>
        Directory.GetFiles("/proc/self/fd").Count(f => new FileInfo(f).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) == true);

    private void Traffic(TimeSpan time)
    {
        using var over = new CancellationTokenSource(time);
        Task.WaitAll(Enumerable.Range(0, Clients).Select(n => ClientAsync(new Random(n), over.Token)).Append(RulesAsync(new Random(99), over.Token)).ToArray());
        foreach (var proxy in _proxies.Values)
        {
            End(proxy);
        }
    }

    /// <summary>Tests of two seconds, windows of a few hundredths of one.</summary>
    private async Task RulesAsync(Random random, CancellationToken over)
    {
        var open = new Dictionary<string, ProxyWindow>();
        var age = Stopwatch.StartNew();
        Begin();
        while (!over.IsCancellationRequested)
        {
            await Task.Delay(random.Next(5, 60), CancellationToken.None).ConfigureAwait(false);
            if (age.Elapsed > TimeSpan.FromSeconds(2))
            {
                open.Clear();
                Begin();
                age.Restart();
            }

            var (protocol, proxy) = _proxies.ElementAt(random.Next(_proxies.Count));
            if (open.Remove(protocol, out var window))
            {
                proxy.Current!.Close(window);
            }
            else
            {
                open[protocol] = proxy.Current!.Open([new ProxyRule(SoakFaults.Of(protocol, random), Written)]);
                _windows++;
            }
        }

        void Begin()
        {
            _tests++;
            foreach (var (protocol, proxy) in _proxies)
            {
                End(proxy);
                proxy.Use(new InterfaceRules(proxy.Target, protocol == Tls ? "tcp" : protocol, new EventLog(TimeProvider.System), (ulong)_tests, "test_soak"));
                if (proxy.State != ProxyState.Relaying || random.Next(3) == 0)
                {
                    proxy.Relay(_upstreams[protocol]);
                }
            }
        }
    }

    private void End(InterfaceProxy proxy)
    {
        proxy.Orphan();
        _abandoned += proxy.Current?.Log.OfType("proxy_stop_timeout").Count() ?? 0;
        foreach (var fired in proxy.Current?.Log.OfType("proxy") ?? [])
        {
            var action = fired.Field("action")!;
            _fired[action] = _fired.GetValueOrDefault(action) + 1;
        }

        proxy.Use(null);
    }

    private async Task ClientAsync(Random random, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            var (protocol, proxy) = _proxies.ElementAt(random.Next(_proxies.Count));
            using var patience = new CancellationTokenSource(Patience);
            try
            {
                await (protocol switch
                {
                    "tcp" => StreamAsync(proxy, random, patience.Token),
                    Tls => TlsAsync(proxy, random, patience.Token),
                    "http" => random.Next(4) == 0 ? GarbageAsync(proxy, random, patience.Token) : HttpAsync(proxy, random, HttpVersion.Version11, isGrpc: false, patience.Token),
                    "udp" => DatagramsAsync(proxy, random, patience.Token),
                    _ => random.Next(4) == 0 ? GarbageAsync(proxy, random, patience.Token) : HttpAsync(proxy, random, HttpVersion.Version20, protocol == "grpc", patience.Token),
                }).ConfigureAwait(false);
            }
            catch (Exception e) when (e is SocketException or IOException or HttpRequestException or OperationCanceledException or AuthenticationException)
            {
                Interlocked.Increment(ref _ended);
            }
        }
    }

    private async Task StreamAsync(InterfaceProxy proxy, Random random, CancellationToken cancellation)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, proxy.PortOf(""), cancellation).ConfigureAwait(false);
        var buffer = new byte[random.Next(2) == 0 ? 64 : 32 * 1024];
        for (var rounds = random.Next(20); rounds > 0; rounds--)
        {
            await socket.SendAsync(buffer, cancellation).ConfigureAwait(false);
            for (var received = 0; received < buffer.Length;)
            {
                var count = await socket.ReceiveAsync(buffer.AsMemory(received), cancellation).ConfigureAwait(false);
                if (count == 0)
                {
                    throw new IOException("the connection was ended");
                }

                received += count;
            }

            Interlocked.Increment(ref _exchanges);
        }

        switch (random.Next(3))
        {
            case 0:
                socket.LingerState = new LingerOption(true, 0);
                break;
            case 1:
                socket.Shutdown(SocketShutdown.Send);
                while (await socket.ReceiveAsync(buffer, cancellation).ConfigureAwait(false) > 0)
                {
                }

                break;
            default:
                // Bytes that nobody is going to read.
                await socket.SendAsync(buffer, cancellation).ConfigureAwait(false);
                break;
        }
    }

    private async Task TlsAsync(InterfaceProxy proxy, Random random, CancellationToken cancellation)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, proxy.PortOf(""), cancellation).ConfigureAwait(false);
        var network = new NetworkStream(socket);
        if (random.Next(5) == 0)
        {
            // Half a handshake.
            await network.WriteAsync(new byte[] { 22, 3, 1, 2, 0, 1 }, cancellation).ConfigureAwait(false);
            return;
        }

        var tls = new SslStream(network);
        await using (tls.ConfigureAwait(false))
        {
            await tls.AuthenticateAsClientAsync(TlsEcho.Trusting, cancellation).ConfigureAwait(false);
            var buffer = new byte[random.Next(1, 20_000)];
            for (var rounds = random.Next(10); rounds > 0; rounds--)
            {
                await tls.WriteAsync(buffer, cancellation).ConfigureAwait(false);
                await tls.ReadExactlyAsync(buffer, cancellation).ConfigureAwait(false);
                Interlocked.Increment(ref _exchanges);
            }
        }
    }

    /// <summary>Says what no protocol means, after a beginning that may be one.</summary>
    private static async Task GarbageAsync(InterfaceProxy proxy, Random random, CancellationToken cancellation)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, proxy.PortOf(""), cancellation).ConfigureAwait(false);
        var garbage = new byte[random.Next(1, 5000)];
        random.NextBytes(garbage);
        byte[] opening = random.Next(3) switch
        {
            0 => [],
            1 => [.. "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"u8],
            _ => [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0"u8],
        };
        await socket.SendAsync((byte[])[.. opening, .. garbage], cancellation).ConfigureAwait(false);
        await socket.ReceiveAsync(garbage, cancellation).ConfigureAwait(false);
    }

    private async Task HttpAsync(InterfaceProxy proxy, Random random, Version version, bool isGrpc, CancellationToken cancellation)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        var address = new Uri($"http://127.0.0.1:{proxy.PortOf("")}/");
        for (var rounds = random.Next(12); rounds > 0; rounds--)
        {
            using var request = new HttpRequestMessage(version.Major == 2 ? HttpMethod.Post : HttpMethod.Get, new Uri(address, random.Next(8) == 0 ? "body" : "short"))
            {
                Version = version,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Content = version.Major == 2 ? new ByteArrayContent(isGrpc ? Messages(random) : new byte[random.Next(40_000)]) : null,
            };
            if (isGrpc)
            {
                request.Content!.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
            }

            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
            if (random.Next(6) == 0)
            {
                // Leaves in the middle of the answer.
                return;
            }

            await response.Content.CopyToAsync(Stream.Null, cancellation).ConfigureAwait(false);
            Interlocked.Increment(ref _exchanges);
        }
    }

    private async Task DatagramsAsync(InterfaceProxy proxy, Random random, CancellationToken cancellation)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(IPAddress.Loopback, proxy.PortOf(""), cancellation).ConfigureAwait(false);
        var buffer = new byte[1000];
        for (var rounds = random.Next(30); rounds > 0; rounds--)
        {
            await socket.SendAsync(buffer, cancellation).ConfigureAwait(false);
            await socket.ReceiveAsync(buffer, cancellation).ConfigureAwait(false);
            Interlocked.Increment(ref _exchanges);
        }
    }

    /// <summary>Messages in the framing of gRPC, which the service sends back.</summary>
    private static byte[] Messages(Random random)
    {
        byte[] message = [0, 0, 0, 1, 0, .. new byte[256]];
        return [.. Enumerable.Repeat(message, random.Next(1, 100)).SelectMany(m => m)];
    }

    /// <summary>What the process holds.</summary>
    private readonly record struct Holdings(int Connections, int Tasks, int Sockets, long Memory)
    {
        public bool IsNoMoreThan(Holdings before) =>
            Connections <= before.Connections && Tasks <= before.Tasks + TaskSlack && Sockets <= before.Sockets + SocketSlack && Memory <= before.Memory + MemorySlack;
    }
}
