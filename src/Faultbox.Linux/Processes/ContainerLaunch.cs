using Faultbox.Linux.Seccomp;

namespace Faultbox.Linux.Processes;

/// <summary>A program that a container engine starts and whose calls are intercepted.</summary>
public sealed record ContainerLaunch
{
    /// <summary>Service name, for threads and messages.</summary>
    public required string Name { get; init; }

    /// <summary>Entry point and arguments; the first is a path inside the container, or a name looked up in its <c>PATH</c>.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>Environment entries <c>NAME=value</c> of the container, for <c>PATH</c>.</summary>
    public required IReadOnlyList<string> Environment { get; init; }

    /// <summary>Numbers of the calls to intercept, at least one.</summary>
    public required IReadOnlyCollection<int> FilteredSyscalls { get; init; }

    /// <summary>True to leave ring based I/O available.</summary>
    public bool AllowIoUring { get; init; }

    /// <summary>Receives the intercepted calls.</summary>
    public required INotificationHandler Handler { get; init; }

    /// <summary>Private directory of the service; the launcher and the socket are put below it.</summary>
    public required string Directory { get; init; }
}
