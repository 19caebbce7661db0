using Faultbox.Core.Proxying;

namespace Faultbox.Bench.Proxies;

/// <summary>Random faults, of every family that a protocol has.</summary>
internal static class SoakFaults
{
    /// <summary>What stands for <c>tcp</c> behind TLS.</summary>
    public const string Tls = "tls";

    /// <summary>A fault on a protocol.</summary>
    public static ProxyFault Of(string protocol, Random random)
    {
        var fault = (protocol, random.Next(3)) switch
        {
            ("udp", 0 or 1) => OfDatagrams(random),
            (not "udp", 0) => OfStream(random),
            ("http" or "http2", 1) => OfHttp(protocol, random),
            ("grpc", 1) => OfGrpc(random),
            _ => OfMessages(protocol, random),
        };
        return fault with { Probability = random.NextDouble() };
    }

    private static TimeSpan Delay(Random random) => TimeSpan.FromMilliseconds(random.Next(1, 30));

    private static ProxyFault OfMessages(string protocol, Random random)
    {
        var isHttp = protocol is "http" or "http2" or "grpc";
        var onResponse = isHttp && random.Next(3) == 0;
        return random.Next(4) switch
        {
            0 => new ProxyFault { Action = ProxyAction.Delay, Delay = Delay(random), OnResponse = onResponse },
            1 when protocol is not "udp" and not "grpc" => new ProxyFault { Action = ProxyAction.Respond, Body = "an answer"u8.ToArray(), OnResponse = onResponse },
            2 when protocol is not "udp" => new ProxyFault { Action = ProxyAction.Error, OnResponse = onResponse },
            _ => new ProxyFault { Action = ProxyAction.Drop, DropMode = Mode(protocol, random), OnResponse = onResponse },
        };
    }

    private static DropMode Mode(string protocol, Random random) => random.Next(4) switch
    {
        0 when protocol is not "udp" => DropMode.Reset,
        1 when protocol is not "udp" => DropMode.Blackhole,
        _ => DropMode.Default,
    };

    private static ProxyFault OfStream(Random random)
    {
        var delay = Delay(random);
        return new ProxyFault
        {
            Action = ProxyAction.Wire,
            Wire = random.Next(11) switch
            {
                0 => new WireLatency(delay, delay / 2, default, TrafficDirection.Both),
                1 => new WireSlicer(random.Next(1, 200), 0, TimeSpan.Zero, TrafficDirection.Both),
                2 => new WireBandwidth(random.Next(1, 100) * 100_000, 64 * 1024, IsShared: random.Next(2) == 0, TrafficDirection.Both),
                3 => new WireLimitData(random.Next(1, 100_000), Resets: random.Next(2) == 0, TrafficDirection.ServerToClient),
                4 => new WireResetPeer(delay, Bytes: null),
                5 => new WireDown(),
                6 => new WireTimeout(delay),
                7 => new WireSlowClose(delay),
                8 => new WireCorrupt(random.Next(1000), random.Next(2) == 0 ? null : 100, CorruptionKind.Random, TrafficDirection.Both),
                9 => new WireHalfOpen(TrafficDirection.ServerToClient),
                _ => new WireResetPeer(TimeSpan.Zero, random.Next(1, 50_000)),
            },
        };
    }

    private static ProxyFault OfDatagrams(Random random)
    {
        var delay = Delay(random);
        return new ProxyFault
        {
            Action = ProxyAction.Datagram,
            Datagram = random.Next(5) switch
            {
                0 => new DatagramReorder(random.Next(1, 5)),
                1 => new DatagramDuplicate(random.Next(2, 5)),
                2 => new DatagramCorrupt(CorruptionKind.Random),
                3 => new DatagramTruncate(random.Next(500)),
                _ => new DatagramLatency(delay, delay / 2),
            },
        };
    }

    private static ProxyFault OfHttp(string protocol, Random random) => new()
    {
        Action = ProxyAction.Http,
        Http = random.Next(6) switch
        {
            0 => new HttpTruncate(random.Next(2) == 0 ? new BodyPoint(random.Next(2000), 0) : new BodyPoint(null, random.NextDouble()), Reset: random.Next(2) == 0),
            1 => new HttpHeaders(Change, OnRequest: random.Next(2) == 0),
            2 => new HttpOtherStatus(random.Next(200, 600)),
            _ when protocol == "http2" => new HttpGoAway(random.Next(2) == 0 ? "NO_ERROR" : "INTERNAL_ERROR", Graceful: random.Next(2) == 0, random.Next(1, 4)),
            3 => new HttpReplay(random.Next(2, 5)),
            _ => new HttpBadChunk((ChunkDamage)random.Next(ChunkDamageNames.All.Count)),
        },
    };

    private static ProxyFault OfGrpc(Random random) => new()
    {
        Action = ProxyAction.Grpc,
        Grpc = random.Next(5) switch
        {
            0 => new GrpcEndStatus("UNAVAILABLE", "ended", random.Next(20)),
            1 => new GrpcCut(random.Next(20), "INTERNAL_ERROR"),
            2 => new GrpcNoTrailers(),
            3 => new GrpcMetadata(Change, OnHead: random.Next(2) == 0),
            _ => new GrpcCorrupt((MessageDamage)random.Next(4)),
        },
    };

    private static FieldChange Change { get; } = new([new("x-set", "1")], [new("x-add", "2")], ["server"]);
}
