namespace Inventory;

/// <summary>
/// A log with the bugs this example exists to find: it acknowledges first and syncs once a second has passed without a change,
/// ignores write errors, and trusts a sync that does not report failure. Every test without a fault passes with it.
/// </summary>
internal sealed class NaiveLog : IChangeLog
{
    private static readonly TimeSpan SyncDelay = TimeSpan.FromSeconds(1);

    private readonly LogFile file;
    private readonly Timer sync;
    private long end;

    /// <summary>Continues the log in <paramref name="file"/>.</summary>
    public NaiveLog(LogFile file)
    {
        this.file = file;
        end = file.End;
        sync = new Timer(_ => RandomAccess.FlushToDisk(file.Handle));
    }

    /// <inheritdoc/>
    public void Append(Change change)
    {
        var record = LogRecord.Encode(change);
        try
        {
            RandomAccess.Write(file.Handle, record, end);
            end += record.Length;
        }
        catch (Exception failure) when (Errno.IsFileFailure(failure))
        {
            Console.Error.WriteLine($"inventory: the log cannot be written ({Errno.NameOf(failure)}); carrying on");
        }

        sync.Change(SyncDelay, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public IReadOnlyList<Change> ReadBack() => file.ReadBack();

    /// <inheritdoc/>
    public void Dispose()
    {
        using var idle = new ManualResetEvent(false);
        if (sync.Dispose(idle))
        {
            idle.WaitOne();
        }

        file.Dispose();
    }
}
