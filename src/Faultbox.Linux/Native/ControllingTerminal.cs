namespace Faultbox.Linux.Native;

/// <summary>The terminal from which this process is controlled.</summary>
public static unsafe class ControllingTerminal
{
    private const int NoControl = 0x100;

    /// <summary>True when there is one, wherever the standard streams lead.</summary>
    public static bool Exists
    {
        get
        {
            fixed (byte* path = "/dev/tty\0"u8)
            {
                var descriptor = Libc.Open(path, NoControl | Kernel.CloseOnExec, 0);
                return descriptor >= 0 && Libc.Close(descriptor) == 0;
            }
        }
    }
}
