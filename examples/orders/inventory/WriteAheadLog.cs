using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Inventory;

/// <summary>
/// An append-only file of records. One record is
/// <code>
/// offset  size  field
/// 0       4     payload length in bytes, little-endian, 1..4096
/// 4       4     CRC-32 of the payload, little-endian
/// 8       n     payload
/// </code>
/// A record that is cut short or fails its checksum ends the log: it was being written when the process died, so it was
/// never acknowledged, and opening the log cuts it off.
/// </summary>
internal sealed class WriteAheadLog : IDisposable
{
    private const int HeaderSize = 8;
    private const int MaxPayload = 4096;

    private readonly SafeFileHandle file;
    private readonly bool naive;
    private long end;
    private bool broken;

    private WriteAheadLog(SafeFileHandle file, bool naive)
    {
        this.file = file;
        this.naive = naive;
    }

    /// <summary>Opens or creates the log and cuts off a torn tail.</summary>
    /// <param name="path">The log file.</param>
    /// <param name="naive">Never sync and ignore write errors: the bug this example exists to find.</param>
    /// <exception cref="IOException">The file cannot be opened, read or repaired.</exception>
    public static WriteAheadLog Open(string path, bool naive)
    {
        var file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        var log = new WriteAheadLog(file, naive);
        try
        {
            log.CutTornTail();
            return log;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Appends one record; when this returns, the record survives a power failure.</summary>
    /// <exception cref="LogException">The record is not durable; <see cref="LogException.Code"/> says why.</exception>
    public void Append(ReadOnlySpan<byte> payload)
    {
        if (broken)
        {
            throw new LogException("EROFS", "the log is closed for writes after a failed sync; restart the service");
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, MaxPayload);
        var record = new byte[HeaderSize + payload.Length];
        BinaryPrimitives.WriteInt32LittleEndian(record, payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(4), Crc32.Compute(payload));
        payload.CopyTo(record.AsSpan(HeaderSize));

        Write(record);
        Sync();
        end += record.Length;
    }

    /// <summary>Reads the payloads of all whole records back from the file.</summary>
    public List<byte[]> ReadAll() => Scan(out _);

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private void Write(byte[] record)
    {
        try
        {
            RandomAccess.Write(file, record, end);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            if (naive)
            {
                return;
            }

            // Half a record may be in the file. The next append overwrites it, so the log stays usable.
            throw new LogException(Errno.NameOf(failure), "the log cannot be written");
        }
    }

    private void Sync()
    {
        if (naive)
        {
            return;
        }

        try
        {
            DiskSync.Flush(file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // After a failed fsync the kernel may have dropped the dirty pages and a second fsync would report success.
            // Nothing written through this handle can be trusted from here on.
            broken = true;
            throw new LogException(Errno.NameOf(failure), "the log cannot be synced");
        }
    }

    private void CutTornTail()
    {
        Scan(out end);
        if (RandomAccess.GetLength(file) > end)
        {
            RandomAccess.SetLength(file, end);
            DiskSync.Flush(file);
        }
    }

    private List<byte[]> Scan(out long validEnd)
    {
        var payloads = new List<byte[]>();
        var header = new byte[HeaderSize];
        validEnd = 0;
        while (ReadFully(header, validEnd))
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(header);
            if (length is < 1 or > MaxPayload)
            {
                break;
            }

            var payload = new byte[length];
            if (!ReadFully(payload, validEnd + HeaderSize)
                || Crc32.Compute(payload) != BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(4)))
            {
                break;
            }

            payloads.Add(payload);
            validEnd += HeaderSize + length;
        }

        return payloads;
    }

    private bool ReadFully(Span<byte> buffer, long offset)
    {
        while (buffer.Length > 0)
        {
            var read = RandomAccess.Read(file, buffer, offset);
            if (read == 0)
            {
                return false;
            }

            buffer = buffer[read..];
            offset += read;
        }

        return true;
    }
}
