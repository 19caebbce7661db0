using System.Diagnostics;

namespace Faultbox.Bench.Proxies;

/// <summary>What active connections hold, and what a message allocates.</summary>
internal static class ActiveConnections
{
    private const int Connections = 64;
    private const int Messages = 400_000;
    private const int BytesLimit = 256 * 1024;

    private const int Bodies = 200;
    private const int FrameSize = 16_384;
    private const int FrameLimit = 64;

    /// <summary>The smallest object there is.</summary>
    private const int SmallObject = 24;

    /// <summary>Time until all connections are in use, and until the measuring has ended after that.</summary>
    private static readonly TimeSpan Opening = TimeSpan.FromSeconds(2);
    private const int Seconds = 6;

    /// <summary>Measures and prints.</summary>
    public static void Measure(Peers peers)
    {
        var http = $"http://127.0.0.1:{peers.Http.Faultbox}";
        var http2 = $"http://127.0.0.1:{peers.Http2.Faultbox}/";
        var grpc = $"http://127.0.0.1:{peers.Grpc.Faultbox}/service/Method";
        Console.WriteLine($"\n{$"{Connections} active connections",-32} {"measured",9} {"limit",9}");
        Held(peers, "TCP, 64 KiB", peers.Load, ["tcp", $"{peers.Tcp.Faultbox}", $"{Connections}", "65536", $"{Seconds * 1000}"]);
        Held(peers, "HTTP/1.1, 1 MiB", "wrk", ["-t", "2", "-c", $"{Connections}", "-d", $"{Seconds}s", $"{http}/body"]);
        Held(peers, "HTTP/2, short", "h2load", ["-c", $"{Connections}", "-m", "10", "-D", $"{Seconds}", http2]);
        Held(peers, "gRPC, streams", "h2load", ["-c", $"{Connections}", "-m", "10", "-D", $"{Seconds}", "-d", peers.Messages, "-H", "content-type: application/grpc", "-H", "te: trailers", grpc]);

        Console.WriteLine($"\n{"bytes allocated by",-32} {"measured",9} {"limit",9}");
        Allocated(peers, "a message of HTTP/1.1", ["--h1", "-c", "8", $"{http}/"]);
        Passed(peers, http2);
    }

    private static void Held(Peers peers, string name, string program, string[] arguments)
    {
        Scenario.Run(program, [.. arguments]);
        var before = peers.Statistics();
        using var load = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        Thread.Sleep(Opening);
        var during = peers.Statistics();
        load.StandardOutput.ReadToEnd();
        load.WaitForExit();
        Program.Print($"managed bytes each, {name}", (during.Managed - before.Managed) / Connections, BytesLimit);
        Program.Print($"resident bytes each, {name}", (during.Resident - before.Resident) / Connections, BytesLimit);
    }

    private static void Allocated(Peers peers, string name, string[] arguments)
    {
        Scenario.Run("h2load", ["-n", $"{Messages / 10}", .. arguments]);
        var before = peers.Statistics();
        Scenario.Run("h2load", ["-n", $"{Messages}", .. arguments]);
        Program.Print(name, (peers.Statistics().Allocated - before.Allocated) / Messages, SmallObject);
    }

    /// <summary>Bodies that go to the service and come back, in the largest frames that either side takes.</summary>
    private static void Passed(Peers peers, string address)
    {
        string[] upload = ["-c", "1", "-m", "1", "-d", peers.Body, address];
        Scenario.Run("h2load", ["-n", $"{Bodies / 10}", .. upload]);
        var before = peers.Statistics();
        Scenario.Run("h2load", ["-n", $"{Bodies}", .. upload]);
        var allocated = peers.Statistics().Allocated - before.Allocated;
        Program.Print("bodies of HTTP/2, a frame", allocated / (2L * Bodies * (Peers.BodyLength / FrameSize)), FrameLimit);
    }
}
