using Faultbox.Linux.Shim;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Linux.Processes;

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
