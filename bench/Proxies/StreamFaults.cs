using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Faultbox.Core;
using Faultbox.Core.Proxying;
using Faultbox.Core.Topology;
using Faultbox.Protocols;
using Faultbox.Protocols.Relay;

namespace Faultbox.Bench.Proxies;

/// <summary>How exactly faults of streams keep their times and rates; the tests show their least times and their counts of bytes.</summary>
internal static class StreamFaults
{
    private const int Chunks = 500;
    private const int Rate = 1_000_000;
    private const double Tolerance = 0.1;
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Spacing = TimeSpan.FromMilliseconds(40);

    /// <summary>Measures and prints.</summary>
    /// <param name="echo">Port of the echo server.</param>
    public static void Measure(int echo)
    {
        var latency = new WireLatency(TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(20), default, TrafficDirection.ServerToClient);
        var bandwidth = new WireBandwidth(Rate, 16 * 1024, IsShared: false, TrafficDirection.ServerToClient);
        Console.WriteLine($"\n{"stream faults",-40} {"measured",9} {"target",9}");
        Print("latency 100 +- 20, mean of 500 chunks, ms", On(echo, Late, latency), 100);
        Print("bandwidth, kB/s over 10 s", On(echo, Bandwidth, bandwidth), Rate / 1000);
        Print("latency and bandwidth, kB/s over 10 s", On(echo, Bandwidth, latency, bandwidth), Rate / 1000);
        Print("slow_close of both ends, ms", On(echo, Closed, new WireSlowClose(Second)), 2 * Second.TotalMilliseconds);
        Print("timeout with a hold, ms", On(echo, Ended, new WireTimeout(Second)), Second.TotalMilliseconds);
        Print("reset_peer with a wait, ms", On(echo, Ended, new WireResetPeer(Second, Bytes: null)), Second.TotalMilliseconds);
    }

    private static void Print(string name, double measured, double target) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{name,-40} {measured,9:0.0} {target,9:0} {(Math.Abs(measured - target) <= Tolerance * target ? "PASS" : "over")}"));

    private static double On(int echo, Func<Socket, double> measure, params WireFault[] faults)
    {
        var target = new InterfaceAddress("service", "tcp");
        using var proxy = ProtocolRegistry.ProxyOf("tcp")!.Reserve(new ProxyPlace { Target = target, Protocol = "tcp" });
        var rules = new InterfaceRules(target, "tcp", new EventLog(TimeProvider.System), seed: 1, "test_bench");
        proxy.Use(rules);
        rules.Open([.. faults.Select(f => new ProxyRule(new ProxyFault { Action = ProxyAction.Wire, Wire = f }, new SourcePosition("bench.star", 1, 1)))]);
        proxy.Relay(new ProxyUpstream("127.0.0.1", echo));
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.Connect(IPAddress.Loopback, proxy.PortOf(""));
        return measure(client);
    }

    /// <summary>Chunks far enough from each other that none waits for the one before.</summary>
    private static double Late(Socket client)
    {
        var sent = new long[Chunks];
        var sender = new Thread(() =>
        {
            for (var i = 0; i < Chunks; i++)
            {
                Volatile.Write(ref sent[i], Stopwatch.GetTimestamp());
                client.Send(new byte[8]);
                Thread.Sleep(Spacing);
            }
        });
        sender.Start();
        var sum = TimeSpan.Zero;
        for (var i = 0; i < Chunks; i++)
        {
            Receive(client, 8);
            sum += Stopwatch.GetElapsedTime(Volatile.Read(ref sent[i]));
        }

        sender.Join();
        return sum.TotalMilliseconds / Chunks;
    }

    private static double Bandwidth(Socket client)
    {
        var sender = new Thread(() => client.Send(new byte[10 * Rate]));
        var clock = Stopwatch.StartNew();
        sender.Start();
        Receive(client, 10 * Rate);
        var kilobytes = 10 * Rate / 1000 / clock.Elapsed.TotalSeconds;
        sender.Join();
        return kilobytes;
    }

    private static double Closed(Socket client)
    {
        var clock = Stopwatch.StartNew();
        client.Shutdown(SocketShutdown.Send);
        client.Receive(new byte[1]);
        return clock.Elapsed.TotalMilliseconds;
    }

    private static double Ended(Socket client)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            client.Receive(new byte[1]);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            // This end is as good as an orderly one.
        }

        return clock.Elapsed.TotalMilliseconds;
    }

    private static void Receive(Socket client, int count)
    {
        var buffer = new byte[64 * 1024];
        while (count > 0)
        {
            var received = client.Receive(buffer, Math.Min(count, buffer.Length), SocketFlags.None);
            count -= received > 0 ? received : throw new IOException("the connection was ended");
        }
    }
}
