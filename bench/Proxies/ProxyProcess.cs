using System.Diagnostics;
using System.Globalization;
using Faultbox.Core;
using Faultbox.Core.Matching;
using Faultbox.Core.Proxying;
using Faultbox.Core.Topology;
using Faultbox.Protocols;
using Faultbox.Protocols.Relay;

namespace Faultbox.Bench.Proxies;

/// <summary>
/// The process of the proxies that are measured, as a run has them: one proxy for each interface, with the rules of a test. It says its
/// ports on one line, answers every <c>stats</c> with what it has allocated and holds after a full collection, and ends with its input.
/// </summary>
internal static class ProxyProcess
{
    private static readonly SourcePosition Written = new("bench.star", 1, 1);

    /// <summary>Serves until the input ends.</summary>
    /// <param name="interfaces"><c>protocol:port</c> of each service, and <c>+</c> at its end for ten rules that match nothing.</param>
    public static int Run(IEnumerable<string> interfaces)
    {
        List<InterfaceProxy> proxies = [.. interfaces.Select(Start)];
        Console.WriteLine(string.Join(' ', proxies.Select(p => p.PortOf("").ToString(CultureInfo.InvariantCulture))));
        while (Console.ReadLine() is { } command)
        {
            if (command == "stats")
            {
                var allocated = GC.GetTotalAllocatedBytes(precise: true);
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                GC.WaitForPendingFinalizers();
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{allocated} {GC.GetTotalMemory(forceFullCollection: false)} {ProportionalSet()} {Process.GetCurrentProcess().Threads.Count}"));
            }
        }

        proxies.ForEach(p => p.Dispose());
        return 0;
    }

    /// <summary>Memory of this process, shared pages by their share.</summary>
    private static long ProportionalSet() => 1024 * long.Parse(
        File.ReadLines("/proc/self/smaps_rollup").First(l => l.StartsWith("Pss:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);

    private static InterfaceProxy Start(string service)
    {
        var colon = service.IndexOf(':', StringComparison.Ordinal);
        var protocol = service[..colon];
        var target = new InterfaceAddress("service", protocol);
        var proxy = ProtocolRegistry.ProxyOf(protocol)!.Reserve(new ProxyPlace { Target = target, Protocol = protocol });
        var rules = new InterfaceRules(target, protocol, new EventLog(TimeProvider.System), seed: 1, "test_bench");
        proxy.Use(rules);
        if (service.EndsWith('+'))
        {
            rules.Open([.. Enumerable.Range(0, 10).Select(i => new ProxyRule(Unmatched(protocol, i), Written))]);
        }

        proxy.Relay(new ProxyUpstream("127.0.0.1", int.Parse(service[(colon + 1)..].TrimEnd('+'), CultureInfo.InvariantCulture)));
        return proxy;
    }

    private static ProxyFault Unmatched(string protocol, int number) => new()
    {
        Action = ProxyAction.Delay,
        Delay = TimeSpan.FromSeconds(1),
        Matcher = protocol switch
        {
            "http" or "http2" => new MessageMatcher { Path = new MessageGlob($"/absent-{number}/*") },
            "grpc" => new MessageMatcher { Method = new MessageGlob($"/absent.Service{number}/*") },
            _ => new MessageMatcher { Method = new MessageGlob($"absent-{number}") },
        },
    };
}
