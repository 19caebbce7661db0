using System.Globalization;

namespace Faultbox.Bench.Proxies;

/// <summary>
/// What a proxy costs: the same client against the same service, directly, through the proxy and through a plain proxy, in turns in one run;
/// then what one exchange waits longer, what rules cost that match nothing, what active and idle connections hold and what a forwarded
/// segment or message allocates.
/// </summary>
internal static class Program
{
    private const int Segments = 1_000_000;
    private const int IdleTarget = 10_000;
    private const long IdleMemoryTarget = 200_000_000;
    private const int IdleBytesLimit = 48 * 1024;
    private const int IdleThreads = 4;
    private const int IdleShare = 5;
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(5);

    private static int Main(string[] arguments)
    {
        switch (arguments)
        {
            case ["proxy", .. var interfaces]:
                return ProxyProcess.Run(interfaces);
            case ["service", var http, var http2]:
                return SlowService.Run(Port(http), Port(http2));
            case ["--soak", var seconds]:
                return Soak.Run(TimeSpan.FromSeconds(int.Parse(seconds, CultureInfo.InvariantCulture)));
            case ["--only", var name]:
                using (var peers = new Peers())
                {
                    Measure(peers, [1, 8, 64], 4, name);
                }

                return 0;
            case [] or ["--quick"]:
                using (var peers = new Peers())
                {
                    Measure(peers, arguments is [] ? [1, 8, 64] : [8], arguments is [] ? 2 : 1);
                    Limits.Measure(peers);
                    MeasureBody(peers);
                    ActiveConnections.Measure(peers);
                    MeasureIdle(peers);
                    MeasureAllocation(peers);
                    StreamFaults.Measure(peers.Tcp.Direct);
                }

                return 0;
            case ["--rate", var name]:
                using (var peers = new Peers())
                {
                    Limits.MeasureRate(peers, name);
                }

                return 0;
            case ["--limits"]:
                using (var peers = new Peers())
                {
                    Limits.Measure(peers);
                    MeasureBody(peers);
                    ActiveConnections.Measure(peers);
                    MeasureIdle(peers);
                    MeasureAllocation(peers);
                }

                return 0;
            case ["--wire"]:
                using (var peers = new Peers(measures: false))
                {
                    StreamFaults.Measure(peers.Tcp.Direct);
                }

                return 0;
            default:
                Console.Error.WriteLine("usage: [--quick | --limits | --wire | --only NAME | --rate NAME | --soak SECONDS]");
                return 2;
        }
    }

    private static void Measure(Peers peers, int[] counts, int rounds, string name = "")
    {
        Console.WriteLine($"{"exchanges per second",-32} {"conns",5} {"direct",9} {"faultbox",9} {"ratio",6} {"plain proxy",18} {"ratio",6} {"target",7}");
        HashSet<int> warm = [];
        foreach (var scenario in Scenario.All(peers).Where(s => s.Name.Contains(name, StringComparison.OrdinalIgnoreCase)))
        {
            var route = scenario.Route;
            if (warm.Add(route.Faultbox))
            {
                // Until the code has been compiled for speed.
                scenario.Measure(route.Faultbox, 8, 1);
            }

            foreach (var connections in counts)
            {
                var (direct, faultbox, plain) = (0.0, 0.0, 0.0);
                for (var round = 0; round < rounds; round++)
                {
                    direct += scenario.Measure(route.Direct, connections, 1) / rounds;
                    faultbox += scenario.Measure(route.Faultbox, connections, 1) / rounds;
                    plain += scenario.Measure(route.Plain, connections, 1) / rounds;
                }

                var verdict = connections == 8 && scenario.Target is { } target
                    ? Text($"{target,7:0.00} {(faultbox / direct >= target ? "PASS" : "over")}")
                    : "";
                Console.WriteLine(Text(
                    $"{scenario.Name,-32} {connections,5} {direct,9:0} {faultbox,9:0} {faultbox / direct,6:0.00} {plain,10:0} {route.PlainName,-7} {plain / direct,6:0.00} {verdict}"));
            }
        }
    }

    private static void MeasureIdle(Peers peers)
    {
        // Two descriptors of the proxy for each, and some for itself.
        var count = (int)Math.Min(IdleTarget, (DescriptorLimit() - 500) / 2);
        var before = peers.Statistics();
        var load = peers.Start(peers.Load, ["idle", $"{peers.Tcp.Faultbox}", $"{count}"], speaks: true);
        load.StandardOutput.ReadLine();
        var after = peers.Statistics();

        // Not the time that the collection still takes.
        Thread.Sleep(1000);
        var used = peers.ProcessorTime();
        Thread.Sleep(IdleTime);
        var busy = (peers.ProcessorTime() - used) / IdleTime;
        load.StandardInput.Close();
        load.WaitForExit();
        var resident = (after.Resident - before.Resident) / count;
        var threads = after.Threads - before.Threads;
        Console.WriteLine(Text($"\n{$"{count} idle connections",-32} {"measured",9} {"limit",9}"));
        Print("managed bytes each", (after.Managed - before.Managed) / count, IdleBytesLimit);
        Print("resident bytes each", resident, IdleBytesLimit);
        Print($"resident MB for {IdleTarget}", resident * IdleTarget / 1_000_000, IdleMemoryTarget / 1_000_000);
        Print("more threads", threads, IdleThreads);
        Print("per mille of a processor", (long)(busy * 1000), IdleShare);
    }

    private static void MeasureBody(Peers peers)
    {
        double Speed(int port) => double.Parse(
            Scenario.Run("curl", ["-s", "-o", "/dev/null", "-w", "%{speed_download}", $"http://127.0.0.1:{port}/large"]), CultureInfo.InvariantCulture) / 1e9;

        Speed(peers.Http.Faultbox);
        var before = peers.Statistics();
        List<double> direct = [], through = [];
        for (var round = 0; round < 5; round++)
        {
            direct.Add(Speed(peers.Http.Direct));
            through.Add(Speed(peers.Http.Faultbox));
        }

        var after = peers.Statistics();
        var (alone, proxied) = (direct.Order().ElementAt(2), through.Order().ElementAt(2));
        Console.WriteLine(Text($"\n{"one connection, body of 1 GiB",-32} {"measured",9} {"limit",9}"));
        Console.WriteLine(Text(
            $"{"GB/s (direct, share)",-32} {proxied,9:0.00} {1.2,9:0.00} or half of {alone:0.00} {(proxied >= 1.2 || proxied >= alone / 2 ? "PASS" : "over")}"));
        Print("resident KiB for five of them", (after.Resident - before.Resident) / 1024, 1024);
    }

    /// <summary>Writes a figure beside its limit.</summary>
    public static void Print(string what, long measured, long limit) =>
        Console.WriteLine(Text($"{what,-32} {measured,9} {limit,9} {(measured <= limit ? "PASS" : "over")}"));

    private static void MeasureAllocation(Peers peers)
    {
        void Exchange(int messages) => Scenario.Run(peers.Load, ["count", $"{peers.Tcp.Faultbox}", "8", "64", $"{messages}"]);

        Exchange(Segments / 20);
        var before = peers.Statistics();
        Exchange(Segments / 2);
        var allocated = peers.Statistics().Allocated - before.Allocated;
        Console.WriteLine(Text(
            $"{Segments} segments of TCP     {allocated} bytes allocated in all, {allocated / Segments} each, target 0 {(allocated / Segments == 0 ? "PASS" : "over")}"));
    }

    private static int Port(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static long DescriptorLimit() => long.Parse(
        File.ReadLines("/proc/self/limits").First(l => l.StartsWith("Max open files", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[4].Replace("unlimited", $"{IdleTarget * 3}", StringComparison.Ordinal),
        CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
