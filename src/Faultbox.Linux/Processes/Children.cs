using System.Runtime.InteropServices;
using Faultbox.Linux.Native;

namespace Faultbox.Linux.Processes;

/// <summary>Child processes of this one.</summary>
internal static class Children
{
    /// <summary>Waits for the end of a child and lets the kernel forget it.</summary>
    public static unsafe void Await(int child)
    {
        int status;
        while (Libc.WaitPid(child, &status, 0) < 0 && Marshal.GetLastPInvokeError() == Kernel.EINTR)
        {
        }
    }
}
