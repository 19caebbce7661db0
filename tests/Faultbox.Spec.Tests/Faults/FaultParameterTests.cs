namespace Faultbox.Spec.Tests.Faults;

/// <summary>Faults on streams, handshakes and datagrams are shown with the parameters they were written with.</summary>
public sealed class FaultParameterTests
{
    private static readonly string[] OnStreams =
    [
        "wire.latency(delay=\"200ms\")",
        "wire.latency(delay=\"200ms\", jitter=\"20ms\", dir=\"both\", distribution=\"pareto\", source=\"front\")",
        "wire.bandwidth(rate=\"125000B/s\")",
        "wire.bandwidth(rate=\"1000B/s\", dir=\"c2s\", burst=512, scope=\"interface\")",
        "wire.slow_close(delay=\"1s\")",
        "wire.timeout()",
        "wire.timeout(hold=\"3s\")",
        "wire.reset_peer(wait=\"50ms\", bytes=10)",
        "wire.slicer(size=7, variation=2, gap=\"5ms\", dir=\"s2c\")",
        "wire.limit_data(bytes=1000, dir=\"c2s\", how=\"rst\")",
        "wire.corrupt()",
        "wire.corrupt(offset=8, stride=64, kind=\"zero\", dir=\"both\", nth=2)",
        "wire.half_open(dir=\"c2s\")",
        "wire.down(probability=0.5)",
    ];

    private static readonly string[] InHandshakes =
    [
        "tls_fault.expired()",
        "tls_fault.wrong_name(host=\"*.example\", source=\"front\")",
        "tls_fault.untrusted(nth=2)",
        "tls_fault.handshake_timeout()",
        "tls_fault.close_during_handshake(label=\"cut\")",
        "tls_fault.alert(code=\"handshake_failure\")",
        "tls_fault.alert(code=200)",
        "tls_fault.version(max=\"1.1\")",
    ];

    private static readonly string[] OnDatagrams =
    [
        "dgram.reorder(by=3)",
        "dgram.duplicate(count=2, dir=\"s2c\")",
        "dgram.corrupt(kind=\"random\")",
        "dgram.truncate(bytes=0, label=\"cut\")",
        "dgram.latency(delay=\"200ms\", jitter=\"20ms\")",
        "drop(dir=\"s2c\")",
    ];

    [Fact]
    public void The_text_of_a_rule_is_the_rule()
    {
        var test = SpecRun.One(SpecRun.WebService() + $$"""

            front = service("front", "/bin/sleep", args = ["600"])
            safe = service("safe", "/bin/sleep", interface("main", "tcp", {{FreePort.Next()}}, tls = tls_cert()), args = ["600"])
            clock = service("clock", "/bin/sleep", interface("main", "udp", {{FreePort.Next()}}), args = ["600"])

            def test_rules():
                fault(web.main, {{string.Join(", ", OnStreams).Replace("\"front\"", "front", StringComparison.Ordinal)}}, run = lambda: None)
                fault(safe.main, {{string.Join(", ", InHandshakes).Replace("\"front\"", "front", StringComparison.Ordinal)}}, run = lambda: None)
                fault(clock.main, {{string.Join(", ", OnDatagrams)}}, run = lambda: None)
            """);

        Assert.Equal(OnStreams.Concat(InHandshakes).Concat(OnDatagrams), test.Faults.Select(f => f.Protocol!.Rule));
    }
}
