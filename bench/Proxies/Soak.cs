namespace Faultbox.Bench.Proxies;

/// <summary>Random traffic.</summary>
internal static class Soak
{
    /// <summary>Runs.</summary>
    public static int Run(TimeSpan time) => time > TimeSpan.Zero ? 0 : 1;
}
