using System.Globalization;
using System.Text.RegularExpressions;

namespace Faultbox.Bench.Proxies;

/// <summary>What one exchange waits longer through the proxy, and what rules cost that match nothing: both beside the same without, in turns.</summary>
internal static partial class Limits
{
    private const int Rounds = 5;
    private const double RulesLimit = 0.05;
    private const double RateLimit = 0.95;
    private const int RateSeconds = 2;

    /// <summary>Measures and prints.</summary>
    public static void Measure(Peers peers)
    {
        Console.WriteLine($"\n{"one connection, microseconds",-32} {"direct",9} {"faultbox",9} {"added",7} {"limit",7}");
        Added("TCP, 32 bytes, median", peers.Tcp, 60, port => Number(Scenario.Run(peers.Load, ["round", $"{port}", "1", "32", "1000"])));
        Added("HTTP/1.1, short answer, median", peers.Http, 90, port => Microseconds(Median(), Scenario.Run(
            "wrk", ["-t", "1", "-c", "1", "-d", "1s", "--latency", $"http://127.0.0.1:{port}/"])));
        Added("gRPC, unary call, mean", peers.Grpc, 250, port => Microseconds(Mean(), Scenario.Run(
            "h2load", ["-c", "1", "-m", "1", "-D", "1", "--warm-up-time=0", "-d", peers.Message, "-H", "content-type: application/grpc", "-H", "te: trailers", $"http://127.0.0.1:{port}/service/Method"])));

        MeasureRate(peers);

        Console.WriteLine($"\n{"ten rules that match nothing",-32} {"without",9} {"with",9} {"cost",7} {"limit",7}");
        foreach (var scenario in Scenario.All(peers).Where(s => s.Target is not null && s.Route.Ruled != s.Route.Direct))
        {
            Ruled(scenario);
        }
    }

    /// <summary>Measures and prints what a service keeps of its rate whose handler takes a millisecond, what time of a processor the proxy needs for an exchange, and what a plain proxy leaves of the rate.</summary>
    /// <param name="peers">The services.</param>
    /// <param name="name">Part of the names of the rows; empty for all.</param>
    public static void MeasureRate(Peers peers, string name = "")
    {
        (string Name, (int Direct, int Faultbox, int Plain) Ports, Func<int, double> Measure)[] rows =
        [
            ("HTTP/1.1, requests per second", peers.SlowHttp, port => Scenario.Wrk(port, "", 32, RateSeconds)),
            ("HTTP/2, requests per second", peers.SlowHttp2, port => Scenario.H2Load(port, 32, 1, RateSeconds)),
            ("gRPC, calls per second", peers.SlowGrpc, port => Scenario.H2Load(port, 32, 1, RateSeconds, peers.Message)),
        ];
        Console.WriteLine($"\n{"a handler of 1 ms, 32 connections",-34} {"direct",7} {"faultbox",9} {"share",7} {"limit",7} {"",4} {"µs each",9} {"haproxy",8}");
        foreach (var row in rows.Where(r => r.Name.Contains(name, StringComparison.OrdinalIgnoreCase)))
        {
            Rate(peers, row.Name, row.Ports, row.Measure);
        }
    }

    private static void Added(string name, Route route, double limit, Func<int, double> measure)
    {
        measure(route.Faultbox);
        List<double> direct = [], through = [];
        for (var round = 0; round < Rounds; round++)
        {
            direct.Add(measure(route.Direct));
            through.Add(measure(route.Faultbox));
        }

        var added = Middle(through) - Middle(direct);
        Console.WriteLine(FormattableString.Invariant(
            $"{name,-32} {Middle(direct),9:0.0} {Middle(through),9:0.0} {added,7:0.0} {limit,7:0} {(added <= limit ? "PASS" : "over")}"));
    }

    private static void Rate(Peers peers, string name, (int Direct, int Faultbox, int Plain) ports, Func<int, double> measure)
    {
        measure(ports.Direct);
        measure(ports.Faultbox);
        List<double> direct = [], shares = [], plain = [], costs = [];
        for (var round = 0; round < Rounds; round++)
        {
            direct.Add(measure(ports.Direct));
            var used = peers.ProcessorTime();
            var through = measure(ports.Faultbox);
            costs.Add((peers.ProcessorTime() - used).TotalMicroseconds / (through * RateSeconds));
            shares.Add(through / direct[^1]);
            plain.Add(measure(ports.Plain) / direct[^1]);
        }

        var share = Middle(shares);
        Console.WriteLine(FormattableString.Invariant(
            $"{name,-34} {Middle(direct),7:0} {Middle(direct) * share,9:0} {share,7:0.00} {RateLimit,7:0.00} {(share >= RateLimit ? "PASS" : "over")} {Middle(costs),9:0.0} {Middle(plain),8:0.00}"));
    }

    private static void Ruled(Scenario scenario)
    {
        scenario.Measure(scenario.Route.Ruled, 8, 1);
        List<double> without = [], with = [], costs = [];
        for (var round = 0; round < Rounds; round++)
        {
            without.Add(scenario.Measure(scenario.Route.Faultbox, 8, 1));
            with.Add(scenario.Measure(scenario.Route.Ruled, 8, 1));
            costs.Add(1 - (with[^1] / without[^1]));
        }

        var cost = Middle(costs);
        Console.WriteLine(FormattableString.Invariant(
            $"{scenario.Name,-32} {Middle(without),9:0} {Middle(with),9:0} {cost,7:0.00} {RulesLimit,7:0.00} {(cost <= RulesLimit ? "PASS" : "over")}"));
    }

    private static double Middle(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static double Number(string text) => double.Parse(text.Trim(), CultureInfo.InvariantCulture);

    private static double Microseconds(Regex form, string output)
    {
        var found = form.Match(output);
        return Number(found.Groups[1].Value) * (found.Groups[2].Value switch { "us" => 1, "ms" => 1000, _ => 1_000_000 });
    }

    [GeneratedRegex(@"50%\s+([0-9.]+)(us|ms|s)")]
    private static partial Regex Median();

    [GeneratedRegex(@"time for request:\s+\S+\s+\S+\s+([0-9.]+)(us|ms|s)")]
    private static partial Regex Mean();
}
