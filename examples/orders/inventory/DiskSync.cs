using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Inventory;

/// <summary>
/// fsync(2) that reports failure. <see cref="RandomAccess.FlushToDisk"/> and <see cref="FileStream.Flush(bool)"/> make the same
/// call, but on Linux they return normally when it fails, whatever the errno (.NET 10), so a log built on them acknowledges what
/// the disk refused. A test with <c>fsync = deny("EIO")</c> shows it; no other test does.
/// </summary>
internal static partial class DiskSync
{
    private const int Interrupted = 4;

    /// <summary>Returns when the file's bytes and size are on the disk.</summary>
    /// <exception cref="IOException">They may not be; <see cref="Exception.HResult"/> is the errno.</exception>
    public static void Flush(SafeFileHandle file)
    {
        while (FSync(file) != 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            if (errno != Interrupted)
            {
                throw new IOException(Marshal.GetPInvokeErrorMessage(errno), errno);
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(SafeFileHandle file);
}
