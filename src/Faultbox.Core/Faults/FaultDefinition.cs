using Faultbox.Linux.Syscalls;

namespace Faultbox.Core.Faults;

/// <summary>What a rule does to a call.</summary>
public enum FaultKind
{
    /// <summary>Observe only.</summary>
    Allow,

    /// <summary>The call does not run and returns an error.</summary>
    Deny,

    /// <summary>The call runs after a pause.</summary>
    Delay,

    /// <summary>Recorded by a trace window.</summary>
    Trace,

    /// <summary>The service dies at the call.</summary>
    Kill,
}

/// <summary>A fault value as a specification makes it: immutable and reusable in any number of windows.</summary>
public sealed record FaultDefinition
{
    /// <summary>What it does.</summary>
    public required FaultKind Kind { get; init; }

    /// <summary>Errors of <see cref="FaultKind.Deny"/>, used in sequence per match; one element for the plain form.</summary>
    public IReadOnlyList<Errno> Errnos { get; init; } = [];

    /// <summary>True when the sequence of errors starts again at its end.</summary>
    public bool RepeatErrnos { get; init; }

    /// <summary>Pause of <see cref="FaultKind.Delay"/>.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Duration text as written, for messages.</summary>
    public string? DelayText { get; init; }

    /// <summary>What follows the delay instead of running the call; null to let it run.</summary>
    public FaultDefinition? Then { get; init; }

    /// <summary>Signal number of <see cref="FaultKind.Kill"/>.</summary>
    public int Signal { get; init; }

    /// <summary>True when the call of <see cref="FaultKind.Kill"/> runs before the service dies; false when it does not.</summary>
    public bool KillsAfterwards { get; init; }

    /// <summary>Chance of firing, 0 to 1.</summary>
    public double Probability { get; init; } = 1.0;

    /// <summary>Name shown in traces.</summary>
    public string? Label { get; init; }

    /// <summary>Occurrences that a plan enumerates; null when the rule is no axis.</summary>
    public int? MaxFires { get; init; }

    /// <summary>True when occurrences are enumerated instead of drawn.</summary>
    public bool Exhaustive { get; init; }

    /// <summary>Which matches are due.</summary>
    public Trigger Trigger { get; init; } = Trigger.Always;

    /// <summary>Restrictions; null when the rule covers every call of its keyword.</summary>
    public FaultScope? Scope { get; init; }

    /// <summary>How long after the window opened the rule is in force; null for as long as the window.</summary>
    public TimeSpan? During { get; init; }
}

/// <summary>Which kinds of descriptor a rule covers.</summary>
[Flags]
public enum DescriptorKinds
{
    /// <summary>No restriction.</summary>
    Any = 0,

    /// <summary>Regular files and directories.</summary>
    File = 1,

    /// <summary>Sockets.</summary>
    Socket = 2,

    /// <summary>Pipes.</summary>
    Pipe = 4,

    /// <summary>Descriptors 0, 1 and 2.</summary>
    Stdio = 8,
}

/// <summary>Restrictions of a rule beyond its keyword; every part that is set must hold.</summary>
public sealed record FaultScope
{
    /// <summary>Path globs; empty for no restriction.</summary>
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>Descriptor kinds.</summary>
    public DescriptorKinds On { get; init; }

    /// <summary>Destinations in the forms <c>service</c>, <c>service.interface</c>, <c>host:port</c>, <c>cidr[:port]</c>, unix path.</summary>
    public IReadOnlyList<string> Destinations { get; init; } = [];

    /// <summary>Glob on the process name, or null.</summary>
    public string? Process { get; init; }

    /// <summary>Glob on the thread name, or null.</summary>
    public string? Thread { get; init; }

    /// <summary>Glob on the executable path, or null.</summary>
    public string? Executable { get; init; }

    /// <summary><c>main</c>, <c>child</c> or null.</summary>
    public string? Role { get; init; }

    /// <summary>Only calls that ask for more bytes than this.</summary>
    public long? BytesAbove { get; init; }

    /// <summary>Only calls that ask for fewer bytes than this.</summary>
    public long? BytesBelow { get; init; }
}

/// <summary>A named group of system calls, optionally limited to paths.</summary>
/// <param name="Syscalls">Keywords as written; families expand.</param>
/// <param name="Path">Path glob, or null.</param>
public sealed record SyscallOperation(IReadOnlyList<string> Syscalls, string? Path);
