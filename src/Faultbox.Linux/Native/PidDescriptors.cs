using Microsoft.Win32.SafeHandles;

namespace Faultbox.Linux.Native;

/// <summary>Process descriptors: a recycled process number is never hit.</summary>
internal static class PidDescriptors
{
    private const int PidFdSendSignal = 424;
    private const int PidFdOpen = 434;

    /// <summary>Opens a process; an invalid handle when it is gone.</summary>
    public static SafeFileHandle Open(int pid) => new((int)Libc.Syscall(PidFdOpen, pid, 0, 0, 0), ownsHandle: true);

    /// <summary>Sends a signal; false when the process is gone.</summary>
    public static bool Signal(SafeFileHandle process, int signal)
    {
        var added = false;
        try
        {
            process.DangerousAddRef(ref added);
            return Libc.Syscall(PidFdSendSignal, process.DangerousGetHandle(), signal, 0, 0) == 0;
        }
        finally
        {
            if (added)
            {
                process.DangerousRelease();
            }
        }
    }
}
