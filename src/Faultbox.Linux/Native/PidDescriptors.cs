namespace Faultbox.Linux.Native;

/// <summary>Process descriptors: a recycled process number is never hit.</summary>
internal static class PidDescriptors
{
    private const int PidFdSendSignal = 424;
    private const int PidFdOpen = 434;

    /// <summary>Opens a process; -1 when it is gone.</summary>
    public static int Open(int pid) => (int)Libc.Syscall(PidFdOpen, pid, 0, 0, 0);

    /// <summary>Sends a signal; false when the process is gone.</summary>
    public static bool Signal(int descriptor, int signal) => Libc.Syscall(PidFdSendSignal, descriptor, signal, 0, 0) == 0;
}
