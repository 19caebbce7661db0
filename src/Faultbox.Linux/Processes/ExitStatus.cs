namespace Faultbox.Linux.Processes;

/// <summary>How a service ended.</summary>
/// <param name="Code">Exit status, 128 plus the signal number after a signal; 0 when a stop by Faultbox killed it.</param>
/// <param name="Signal">Name of the signal that ended it, such as <c>SIGSEGV</c>; null after an exit of its own.</param>
/// <param name="KilledByUs">True when a stop by Faultbox came before the end.</param>
public sealed record ExitStatus(int Code, string? Signal, bool KilledByUs)
{
    private const int SignalBase = 128;

    /// <summary>Reads a wait status of <c>wait4</c>.</summary>
    /// <param name="status">The status: the signal in the low 7 bits, the exit code in the second byte.</param>
    /// <param name="stopped">Whether a stop by Faultbox came first.</param>
    internal static ExitStatus FromWaitStatus(int status, bool stopped)
    {
        const int Terminate = 15;
        var signal = status & 0x7f;
        var code = signal != 0 ? SignalBase + signal : (status >> 8) & 0xff;

        // Runtimes that handle SIGTERM themselves exit with 143, as a shell reports the signal.
        var killed = stopped && (signal != 0 || code == SignalBase + Terminate);
        var name = signal == 0 ? null : Signals.NameOf(signal);
        return new ExitStatus(killed ? 0 : code, name, stopped);
    }
}
