namespace Faultbox.Linux.Processes;

/// <summary>Names of the standard signals; their numbers are the same on x86_64 and arm64 (signal(7)).</summary>
public static class Signals
{
    /// <summary>Ends a process at once.</summary>
    public const int Kill = 9;

    private static readonly string?[] ByNumber =
    [
        null, "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1", "SIGSEGV", "SIGUSR2",
        "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG",
        "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
    ];

    /// <summary>Names by number.</summary>
    public static IEnumerable<string> Names => ByNumber.OfType<string>();

    /// <summary>Name of a signal, such as <c>SIGSEGV</c>; <c>signal 40</c> for one that has none.</summary>
    public static string NameOf(int number) => number > 0 && number < ByNumber.Length ? ByNumber[number]! : $"signal {number}";

    /// <summary>Number of a name, with or without <c>SIG</c>, in any case.</summary>
    public static bool TryParse(string name, out int number)
    {
        var full = name.StartsWith("SIG", StringComparison.OrdinalIgnoreCase) ? name : $"SIG{name}";
        number = Array.FindIndex(ByNumber, n => string.Equals(n, full, StringComparison.OrdinalIgnoreCase));
        return number > 0;
    }
}
