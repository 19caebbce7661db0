using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Faultbox.Bench.Proxies;

/// <summary>One kind of traffic.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Route">Ways to its service.</param>
/// <param name="Measure">Exchanges per second at a port with a number of connections, in a time in seconds.</param>
/// <param name="Target">Least share of the direct rate with 8 connections; null for none.</param>
internal sealed partial record Scenario(string Name, Route Route, Func<int, int, int, double> Measure, double? Target = null)
{
    private const int Piece = 65_536;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Scenario> All(Peers peers) =>
    [
        new("HTTP/1.1, short answer", peers.Http, (port, connections, seconds) => Wrk(port, "", connections, seconds), 0.5),
        new("HTTP/1.1, answer of 1 MiB", peers.Http, (port, connections, seconds) => Wrk(port, "body", connections, seconds)),
        new("TCP, 64 bytes there and back", peers.Tcp, (port, connections, seconds) => Echo(peers, "tcp", port, connections, 64, seconds), 0.6),
        new("TCP, 64 KiB there and back", peers.Tcp, (port, connections, seconds) => Echo(peers, "tcp", port, connections, Piece, seconds), 0.8),
        new("TCP, a stream of 64 KiB pieces", peers.Bulk, (port, connections, seconds) => Stream(port, connections, seconds), 0.8),
        new("HTTP/2, 10 streams each", peers.Http2, (port, connections, seconds) => H2Load(port, connections, 10, seconds)),
        new("gRPC, 10 unary calls each", peers.Grpc, (port, connections, seconds) => H2Load(port, connections, 10, seconds, peers.Message)),
        new("gRPC, streams of 400 messages", peers.Grpc, (port, connections, seconds) => H2Load(port, connections, 10, seconds, peers.Messages)),
        new("UDP, 64 bytes there and back", peers.Udp, (port, connections, seconds) => Echo(peers, "udp", port, connections, 64, seconds, "1")),
        new("UDP, 1000 bytes, 32 under way", peers.Udp, (port, connections, seconds) => Echo(peers, "udp", port, connections, 1000, seconds, "32")),
    ];

    private static double Echo(Peers peers, string kind, int port, int connections, int bytes, int seconds, params string[] rest) =>
        Number(Run(peers.Load, [kind, $"{port}", $"{connections}", $"{bytes}", $"{seconds * 1000}", .. rest]));

    /// <summary>Pieces of a stream per second, all connections together.</summary>
    private static double Stream(int port, int connections, int seconds)
    {
        var text = Run(
            "iperf3", ["--client", "127.0.0.1", "--port", $"{port}", "--parallel", $"{connections}", "--time", $"{seconds}", "--length", $"{Piece}", "--json"]);
        using var report = JsonDocument.Parse(text);
        return report.RootElement.GetProperty("end").TryGetProperty("sum_received", out var received)
            ? received.GetProperty("bits_per_second").GetDouble() / (8 * Piece)
            : throw new InvalidOperationException($"iperf3 through port {port} gave no sum: {text}");
    }

    /// <summary>Requests of HTTP/1.1 per second.</summary>
    public static double Wrk(int port, string path, int connections, int seconds) => Number(RequestRate().Match(
        Run("wrk", ["-t", connections == 1 ? "1" : "2", "-c", $"{connections}", "-d", $"{seconds}s", $"http://127.0.0.1:{port}/{path}"])).Groups[1].Value);

    /// <summary>Requests of HTTP/2 per second, or calls of gRPC with a body.</summary>
    public static double H2Load(int port, int connections, int streams, int seconds, string? body = null)
    {
        string[] arguments = ["-c", $"{connections}", "-m", $"{streams}", "-D", $"{seconds}", "--warm-up-time=0", $"http://127.0.0.1:{port}/service/Method"];
        return Number(StreamRate().Match(
            Run("h2load", body is null ? arguments : ["-d", body, "-H", "content-type: application/grpc", "-H", "te: trailers", .. arguments])).Groups[1].Value);
    }

    /// <summary>Runs a program to its end and gives what it wrote.</summary>
    public static string Run(string program, IEnumerable<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {output}");
    }

    private static double Number(string text) => double.Parse(text.Trim(), CultureInfo.InvariantCulture);

    [GeneratedRegex(@"Requests/sec:\s*([0-9.]+)")]
    private static partial Regex RequestRate();

    [GeneratedRegex(@"finished in [^,]*, ([0-9.]+) req/s")]
    private static partial Regex StreamRate();
}
