using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Faultbox.Bench.Proxies;

/// <summary>Real servers, plain proxies in front of them, and the proxies that are measured; all end with this object.</summary>
internal sealed class Peers : IDisposable
{
    /// <summary>Bytes of the answer to <c>/large</c> of nginx.</summary>
    public const long LargeBody = 1L << 30;

    /// <summary>Bytes of <see cref="Body"/>.</summary>
    public const int BodyLength = 8 << 20;

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(10);

    private readonly string _work = Directory.CreateTempSubdirectory("faultbox-bench-").FullName;
    private readonly List<Process> _processes = [];
    private readonly Process? _faultbox;

    /// <summary>Compiles and starts everything.</summary>
    /// <param name="measures">False for the services alone.</param>
    /// <exception cref="InvalidOperationException">A program is missing or does not start.</exception>
    public Peers(bool measures = true)
    {
        try
        {
            Load = Compile("load");
            var ports = FreePorts(13);
            var (echo, http, http2) = (ports[0], ports[1], ports[2]);
            File.WriteAllBytes(Path.Combine(_work, "body"), new byte[1 << 20]);
            using (var large = File.Create(Path.Combine(_work, "large")))
            {
                large.SetLength(LargeBody);
            }

            File.WriteAllBytes(Message = Path.Combine(_work, "message"), [0, 0, 0, 0, 16, .. new byte[16]]);
            File.WriteAllBytes(Body = Path.Combine(_work, "upload"), new byte[BodyLength]);
            File.WriteAllBytes(Messages = Path.Combine(_work, "messages"), [.. Enumerable.Repeat<byte[]>([0, 0, 0, 1, 0, .. new byte[256]], 400).SelectMany(m => m)]);
            File.WriteAllText(Path.Combine(_work, "nginx.conf"), Nginx(http) + (measures ? NginxStream(udp: ports[6], echo) : ""));
            var (slow, slow2, bulk) = (ports[7], ports[8], ports[11]);
            File.WriteAllText(
                Path.Combine(_work, "haproxy.cfg"), Haproxy([(echo, ports[3]), (bulk, ports[12])], [(http, ports[4]), (slow, ports[9])], [(http2, ports[5]), (slow2, ports[10])]));
            Start(Compile("echo"), $"{echo}");
            Start("nginx", "-c", Path.Combine(_work, "nginx.conf"));
            if (measures)
            {
                Start("haproxy", "-f", Path.Combine(_work, "haproxy.cfg"));
            }

            Start("nghttpd", "--no-tls", "--echo-upload", "--trailer", "grpc-status: 0", $"{http2}");
            if (measures)
            {
                Start(Environment.ProcessPath!, "service", $"{slow}", $"{slow2}");
                Start("iperf3", "--server", "--port", $"{bulk}");
                Await(slow);
                Await(slow2);
            }

            foreach (var port in measures ? ports[..6] : ports[..3])
            {
                Await(port);
            }

            string[] services = [$"tcp:{echo}", $"http:{http}", $"http2:{http2}", $"grpc:{http2}", $"udp:{echo}", $"http:{slow}", $"http2:{slow2}", $"grpc:{slow2}", $"tcp:{bulk}"];
            var proxies = measures ? StartFaultbox(out _faultbox, services) : new int[services.Length];
            var ruled = measures ? StartFaultbox(out _, [.. services[..5].Select(s => s + "+")]) : new int[5];
            Tcp = new Route(echo, proxies[0], ruled[0], ports[3], "haproxy");
            Bulk = new Route(bulk, proxies[8], bulk, ports[12], "haproxy");
            Http = new Route(http, proxies[1], ruled[1], ports[4], "haproxy");
            Http2 = new Route(http2, proxies[2], ruled[2], ports[5], "haproxy");
            Grpc = new Route(http2, proxies[3], ruled[3], ports[5], "haproxy");
            Udp = new Route(echo, proxies[4], ruled[4], ports[6], "nginx");
            SlowHttp = (slow, proxies[5], ports[9]);
            SlowHttp2 = (slow2, proxies[6], ports[10]);
            SlowGrpc = (slow2, proxies[7], ports[10]);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Program that loads the echo server.</summary>
    public string Load { get; }

    /// <summary>File with one small message of gRPC.</summary>
    public string Message { get; }

    /// <summary>File with a body that takes many frames of HTTP/2.</summary>
    public string Body { get; }

    /// <summary>File with 400 messages of gRPC of 256 bytes.</summary>
    public string Messages { get; }

    /// <summary>The echo server over TCP.</summary>
    public Route Tcp { get; }

    /// <summary>The server of iperf3; not proxied with rules.</summary>
    public Route Bulk { get; }

    /// <summary>nginx.</summary>
    public Route Http { get; }

    /// <summary>nghttpd.</summary>
    public Route Http2 { get; }

    /// <summary>nghttpd, which echoes calls and ends them with the trailers of gRPC.</summary>
    public Route Grpc { get; }

    /// <summary>The echo server over UDP.</summary>
    public Route Udp { get; }

    /// <summary>A handler of HTTP/1.1 that takes a millisecond, the proxy in front of it and haproxy in front of it.</summary>
    public (int Direct, int Faultbox, int Plain) SlowHttp { get; }

    /// <summary>The same of HTTP/2.</summary>
    public (int Direct, int Faultbox, int Plain) SlowHttp2 { get; }

    /// <summary>The same of gRPC.</summary>
    public (int Direct, int Faultbox, int Plain) SlowGrpc { get; }

    /// <summary>What the process of the proxies has used until now.</summary>
    public ProxyStatistics Statistics()
    {
        _faultbox!.StandardInput.WriteLine("stats");
        var figures = _faultbox!.StandardOutput.ReadLine()!.Split(' ').Select(f => long.Parse(f, CultureInfo.InvariantCulture)).ToArray();
        return new ProxyStatistics(figures[0], figures[1], figures[2], (int)figures[3]);
    }

    /// <summary>Time of a processor that the process of the proxies has used until now.</summary>
    public TimeSpan ProcessorTime()
    {
        _faultbox!.Refresh();
        return _faultbox.TotalProcessorTime;
    }

    /// <summary>Starts a program that ends with this object.</summary>
    public Process Start(string program, params string[] arguments) => Start(program, arguments, speaks: false);

    /// <summary>Starts a program that ends with this object.</summary>
    /// <param name="program">Its file.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="speaks">True when its input and output are used; otherwise they are discarded.</param>
    public Process Start(string program, string[] arguments, bool speaks)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = !speaks,
        };
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} does not start");
        _processes.Add(process);
        if (!speaks)
        {
            process.OutputDataReceived += (_, _) => { };
            process.ErrorDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
        }

        return process;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var process in _processes)
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
                process.WaitForExit();
            }

            process.Dispose();
        }

        Directory.Delete(_work, recursive: true);
    }

    /// <summary>Starts the proxies that are measured and gives their ports.</summary>
    private int[] StartFaultbox(out Process process, string[] services)
    {
        process = Start(Environment.ProcessPath!, ["proxy", .. services], speaks: true);
        return [.. process.StandardOutput.ReadLine()!.Split(' ').Select(p => int.Parse(p, CultureInfo.InvariantCulture))];
    }

    private string Nginx(int http) => $$"""
        include /etc/nginx/modules-enabled/*.conf;
        user root; daemon off; pid {{_work}}/nginx.pid; error_log /dev/null; worker_processes auto;
        events { worker_connections 4096; }
        http {
            access_log off; keepalive_requests 1000000000; sendfile on; client_body_temp_path {{_work}}/t1; proxy_temp_path {{_work}}/t2;
            fastcgi_temp_path {{_work}}/t3; uwsgi_temp_path {{_work}}/t4; scgi_temp_path {{_work}}/t5;
            server {
                listen 127.0.0.1:{{http}} backlog=4096;
                location /body { root {{_work}}; }
                location /large { root {{_work}}; }
                location / { return 200 "a short answer\n"; }
            }
        }

        """;

    private static string NginxStream(int udp, int echo) =>
        $$"""stream { server { listen 127.0.0.1:{{udp}} udp; proxy_pass 127.0.0.1:{{echo}}; proxy_timeout 60s; } }""";

    private static string Haproxy((int Service, int Port)[] tcp, (int Service, int Port)[] http, (int Service, int Port)[] http2) => $"""
        global
          maxconn 4000
        defaults
          timeout connect 5s
          timeout client 1h
          timeout server 1h
          option splice-auto
        {string.Concat(tcp.Select(Splicing))}{string.Concat(http.Select(h => Listener(h, "")))}{string.Concat(http2.Select(h => Listener(h, " proto h2")))}
        """;

    private static string Splicing((int Service, int Port) route) =>
        $"listen l{route.Port}\n  mode tcp\n  option splice-request\n  option splice-response\n  bind 127.0.0.1:{route.Port}\n  server s 127.0.0.1:{route.Service}\n";

    private static string Listener((int Service, int Port) route, string protocol) =>
        $"listen l{route.Port}\n  mode http\n  bind 127.0.0.1:{route.Port}{protocol}\n  server s 127.0.0.1:{route.Service}{protocol}\n";

    private string Compile(string name)
    {
        var program = Path.Combine(_work, name);
        using var compiler = Process.Start("gcc", ["-O2", "-o", program, Path.Combine(AppContext.BaseDirectory, $"{name}.c")]);
        compiler.WaitForExit();
        return compiler.ExitCode == 0 ? program : throw new InvalidOperationException($"{name}.c does not compile");
    }

    private static int[] FreePorts(int count)
    {
        List<TcpListener> listeners = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        listeners.ForEach(l => l.Start());
        int[] ports = [.. listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port)];
        listeners.ForEach(l => l.Dispose());
        return ports;
    }

    private static void Await(int port)
    {
        var limit = Stopwatch.StartNew();
        while (true)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Connect(IPAddress.Loopback, port);
                return;
            }
            catch (SocketException) when (limit.Elapsed < StartLimit)
            {
                Thread.Sleep(20);
            }
        }
    }
}

/// <summary>What the process of the proxies has used.</summary>
/// <param name="Allocated">Bytes allocated since it started.</param>
/// <param name="Managed">Bytes of live objects, after a full collection.</param>
/// <param name="Resident">Bytes of memory (Pss), after a full collection.</param>
/// <param name="Threads">Threads that it has.</param>
internal sealed record ProxyStatistics(long Allocated, long Managed, long Resident, int Threads);

/// <summary>Ways to one service.</summary>
/// <param name="Direct">Port of the service.</param>
/// <param name="Faultbox">Port of the proxy that is measured.</param>
/// <param name="Ruled">Port of the same with ten rules that match nothing.</param>
/// <param name="Plain">Port of a plain proxy.</param>
/// <param name="PlainName">Name of the plain proxy.</param>
internal sealed record Route(int Direct, int Faultbox, int Ruled, int Plain, string PlainName);
