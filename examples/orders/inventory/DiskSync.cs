using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Inventory;

/// <summary>
/// fsync(2) that reports failure. <see cref="RandomAccess.FlushToDisk"/> and <see cref="FileStream.Flush(bool)"/> make the same
/// call, but up to .NET 10 on Linux they return normally when it fails, so code that relies on them acknowledges writes the disk
/// refused. Running this service under <c>fsync=deny("EIO")</c> is how that was found.
/// </summary>
internal static partial class DiskSync
{
    private const int Interrupted = 4;

    /// <summary>Returns when the file's data is on the disk.</summary>
    /// <exception cref="IOException">The data is not durable; <see cref="Exception.HResult"/> is the errno.</exception>
    public static void Flush(SafeFileHandle file)
    {
        while (Fsync(file) < 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            if (errno != Interrupted)
            {
                throw new IOException(Marshal.GetPInvokeErrorMessage(errno), errno);
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(SafeFileHandle file);
}
