namespace Inventory;

/// <summary>A log that keeps its promise: when <see cref="Append"/> returns, the change survives a crash and a power failure.</summary>
internal sealed class WriteAheadLog(LogFile file) : IChangeLog
{
    private long end = file.End;
    private bool readOnly;

    /// <inheritdoc/>
    public void Append(Change change)
    {
        if (readOnly)
        {
            throw new LogException(LogException.ReadOnly, "the log takes no changes after a failure; restart the service");
        }

        var record = LogRecord.Encode(change);
        Write(record);
        Sync();
        end += record.Length;
    }

    /// <inheritdoc/>
    public IReadOnlyList<Change> ReadBack() => file.ReadBack();

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private void Write(byte[] record)
    {
        try
        {
            RandomAccess.Write(file.Handle, record, end);
        }
        catch (Exception failure) when (Errno.IsFileFailure(failure))
        {
            // A full disk may have taken half the record. Cut it off, and the log is as good as before: once there is room
            // again, changes are accepted again.
            CutBack();
            throw LogException.From(failure, "the log cannot be written");
        }
    }

    private void Sync()
    {
        try
        {
            DiskSync.Flush(file.Handle);
        }
        catch (IOException failure)
        {
            // After a failed fsync the page cache cannot be trusted. The kernel reports a write-back error once and may mark
            // the pages clean, so a second fsync can return success although the bytes never reached the disk. Trying again
            // would turn a visible error into silent loss. Only what is read from the disk after a restart is certain, so
            // nothing more is accepted until then. The refused record is cut off as well as it goes; should it survive, a
            // caller that sends the same order id again gets the right answer either way.
            CutBack();
            readOnly = true;
            throw LogException.From(failure, "the log cannot be synced");
        }
    }

    private void CutBack()
    {
        try
        {
            RandomAccess.SetLength(file.Handle, end);
        }
        catch (Exception failure) when (Errno.IsFileFailure(failure))
        {
            Console.Error.WriteLine($"inventory: half a record cannot be cut off ({Errno.NameOf(failure)}); no more changes are accepted");
            readOnly = true;
        }
    }
}
