namespace Faultbox.Linux.Shim;

/// <summary>What a launcher is to do.</summary>
internal sealed record LauncherPlan
{
    /// <summary>Path of the socket the supervisor listens on, at most 107 bytes.</summary>
    public required string SocketPath { get; init; }

    /// <summary>The program: the paths to try, in order.</summary>
    public required IReadOnlyList<string> Candidates { get; init; }

    /// <summary>The program's arguments.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>The directory it starts in; null for the one it finds itself in.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Numbers of the calls to intercept; empty for no filter.</summary>
    public required IReadOnlyCollection<int> FilteredSyscalls { get; init; }

    /// <summary>Whether ring based I/O is refused.</summary>
    public bool RefuseIoUring { get; init; }

    /// <summary>How to isolate.</summary>
    public IsolationMode Isolation { get; init; }

    /// <summary>Whether the service gets a network of its own; needs namespaces.</summary>
    public bool PrivateNetwork { get; init; }

    /// <summary>Whether the user of a user namespace is root inside.</summary>
    public bool UserBecomesRoot { get; init; }

    /// <summary>Directory of the service's control group, which is made for it; null for none.</summary>
    public string? ControlGroup { get; init; }

    /// <summary>False to install the filter as on kernels that do not know killable waits.</summary>
    public bool WaitsKillably { get; init; } = true;
}
