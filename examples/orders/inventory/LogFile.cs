using Microsoft.Win32.SafeHandles;

namespace Inventory;

/// <summary>The file under a log: opening it repairs it, and its whole records can be read at any time.</summary>
internal sealed class LogFile : IDisposable
{
    private LogFile(SafeFileHandle handle, IReadOnlyList<Change> changes, long end, long tornBytes)
    {
        Handle = handle;
        Recovered = changes;
        End = end;
        TornBytes = tornBytes;
    }

    /// <summary>The open file.</summary>
    public SafeFileHandle Handle { get; }

    /// <summary>The changes found when the file was opened, oldest first.</summary>
    public IReadOnlyList<Change> Recovered { get; }

    /// <summary>Where the last whole record ended, in bytes from the start.</summary>
    public long End { get; }

    /// <summary>How many bytes after the last whole record were cut off.</summary>
    public long TornBytes { get; }

    /// <summary>
    /// Opens or creates a log file. Bytes after the last whole record were being written when the process or the machine
    /// died; they were never acknowledged, so they are cut off.
    /// </summary>
    /// <exception cref="IOException">The file cannot be opened, read or repaired.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be opened.</exception>
    public static LogFile Open(string path)
    {
        var handle = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        try
        {
            var changes = Read(handle, out var end);
            var tornBytes = RandomAccess.GetLength(handle) - end;
            if (tornBytes > 0)
            {
                RandomAccess.SetLength(handle, end);
                DiskSync.Flush(handle);
            }

            return new LogFile(handle, changes, end, tornBytes);
        }
        catch (Exception failure) when (Errno.IsFileFailure(failure))
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Reads every whole record that is in the file now.</summary>
    /// <exception cref="LogException">The file cannot be read.</exception>
    public IReadOnlyList<Change> ReadBack()
    {
        try
        {
            return Read(Handle, out _);
        }
        catch (IOException failure)
        {
            throw LogException.From(failure, "the log cannot be read");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Handle.Dispose();

    private static List<Change> Read(SafeFileHandle handle, out long end)
    {
        var bytes = new byte[RandomAccess.GetLength(handle)];
        var filled = 0;
        while (filled < bytes.Length && RandomAccess.Read(handle, bytes.AsSpan(filled), filled) is > 0 and var read)
        {
            filled += read;
        }

        var changes = new List<Change>();
        ReadOnlySpan<byte> rest = bytes.AsSpan(0, filled);
        while (LogRecord.TryTake(ref rest, out var change))
        {
            changes.Add(change);
        }

        end = filled - rest.Length;
        return changes;
    }
}
