using Faultbox.Linux.Seccomp;

namespace Faultbox.Linux.Processes;

/// <summary>A program to start.</summary>
public sealed record LaunchRequest
{
    /// <summary>Service name, for threads and messages.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// The program: a path, or a bare name, which is looked for in the directories of <c>PATH</c> in <see cref="Environment"/>.
    /// </summary>
    public required string Executable { get; init; }

    /// <summary>Arguments, the first is what the program sees as its own name.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Environment entries <c>NAME=value</c>, each name once.</summary>
    public required IReadOnlyList<string> Environment { get; init; }

    /// <summary>Directory the program starts in.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>Numbers of the calls to intercept; empty for none, and then no filter is installed.</summary>
    public IReadOnlyCollection<int> FilteredSyscalls { get; init; } = [];

    /// <summary>True to leave ring based I/O available although calls are intercepted.</summary>
    public bool AllowIoUring { get; init; }

    /// <summary>Receives the intercepted calls; required when there are any.</summary>
    public INotificationHandler? Handler { get; init; }

    /// <summary>True to let the program use this process's own standard streams; false to read what it writes and give it no input.</summary>
    public bool InheritsStreams { get; init; }

    /// <summary>
    /// True to stay in the session and the process group of this process, so that its terminal is the program's too: keys that send signals
    /// reach both. Needs namespaces; without them the program has a session of its own all the same.
    /// </summary>
    public bool SharesTerminal { get; init; }

    /// <summary>True for a network of its own, in which there is nothing but a loopback interface.</summary>
    public bool PrivateNetwork { get; init; }

    /// <summary>True to see an unprivileged user as root inside, false to keep the number.</summary>
    public bool UserBecomesRoot { get; init; }

    /// <summary>Private directory (mode 0700) for the hand-off socket; must exist.</summary>
    public required string RunDirectory { get; init; }

    /// <summary>False to install the filter as on kernels that do not know killable waits.</summary>
    internal bool WaitsKillably { get; init; } = true;
}
