namespace Faultbox.Reporting.Host;

/// <summary>Signs of the surroundings a run happens in.</summary>
internal static class RuntimeHints
{
    /// <summary>The hints that apply, in fixed order.</summary>
    public static IEnumerable<string> Find()
    {
        if (Path.Exists("/mnt/lima-cidata"))
        {
            yield return "lima";
        }

        if (File.ReadAllText("/proc/version").Contains("microsoft", StringComparison.OrdinalIgnoreCase))
        {
            yield return "wsl";
        }

        if (IsSet("KUBERNETES_SERVICE_HOST"))
        {
            yield return "k8s";
        }

        if (IsSet("CI"))
        {
            yield return "ci";
        }

        if (Environment.GetEnvironmentVariable("FAULTBOX_RUNTIME_HINT") is { Length: > 0 } own)
        {
            yield return own;
        }
    }

    private static bool IsSet(string variable) => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(variable));
}
