using Faultbox.Linux.Seccomp;
using Faultbox.Linux.Shim;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Linux.Processes;

/// <summary>A program to start.</summary>
public sealed record LaunchRequest
{
    /// <summary>Service name, for threads and messages.</summary>
    public required string Name { get; init; }

    /// <summary>Absolute path of the program.</summary>
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

    /// <summary>Private directory for the launcher image and its socket; must exist.</summary>
    public required string RunDirectory { get; init; }
}

/// <summary>A program that could not be started.</summary>
public sealed class LaunchException : Exception
{
    /// <summary>Creates the error.</summary>
    public LaunchException(LaunchStep step, Errno? errno, string program, string message)
        : base(message) => (Step, Errno, Program) = (step, errno, program);

    /// <summary>Step of the launch that failed.</summary>
    public LaunchStep Step { get; }

    /// <summary>What the kernel said; null when the launcher died or took too long.</summary>
    public Errno? Errno { get; }

    /// <summary>The program.</summary>
    public string Program { get; }
}

/// <summary>How a process ended.</summary>
/// <param name="Code">Exit status, 128 plus the signal number after a signal, 0 when <paramref name="KilledByUs"/>.</param>
/// <param name="Signal">Name of the signal that ended it, or null.</param>
/// <param name="KilledByUs">True when Faultbox stopped it.</param>
public sealed record ExitStatus(int Code, string? Signal, bool KilledByUs);
