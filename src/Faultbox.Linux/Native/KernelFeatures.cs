namespace Faultbox.Linux.Native;

/// <summary>What the running kernel offers, by its release number.</summary>
internal static class KernelFeatures
{
    /// <summary>Release of the running kernel.</summary>
    public static Version Release { get; } = Environment.OSVersion.Version;

    /// <summary>Waiting calls are interrupted by fatal signals only (5.19).</summary>
    public static bool HasKillableWaits => Release >= new Version(5, 19);
}
