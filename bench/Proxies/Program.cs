namespace Faultbox.Bench.Proxies;

/// <summary>What a proxy costs.</summary>
internal static class Program
{
    private static int Main(string[] arguments) => arguments switch
    {
        ["proxy", .. var interfaces] => ProxyProcess.Run(interfaces),
        _ => 2,
    };
}
