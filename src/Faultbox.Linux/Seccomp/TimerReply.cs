namespace Faultbox.Linux.Seccomp;

/// <summary>What a delayed call gets at its deadline: it runs, or it fails with an errno.</summary>
/// <param name="Errno">Positive error number, or 0 to let the call run.</param>
public readonly record struct TimerReply(int Errno)
{
    /// <summary>The call runs.</summary>
    public static TimerReply Continue => default;

    /// <summary>The call fails.</summary>
    public static TimerReply Fail(int errno) => new(errno);
}
