using System.Buffers.Text;
using System.Runtime.InteropServices;
using Faultbox.Linux.Native;

namespace Faultbox.Linux.Syscalls;

/// <summary>Reads through <c>process_vm_readv</c>, falling back to <c>/proc/&lt;tid&gt;/mem</c>, and through <c>/proc</c> links.</summary>
public sealed unsafe class ProcCallerReader : ICallerReader
{
    private const int PageSize = 4096;

    /// <inheritdoc/>
    public int ReadMemory(int threadId, ulong address, Span<byte> buffer)
    {
        var done = 0;
        fixed (byte* target = buffer)
        {
            while (done < buffer.Length)
            {
                // One page at a time: a transfer that touches an unmapped page fails whole.
                var toPageEnd = PageSize - (int)((address + (ulong)done) % PageSize);
                var size = Math.Min(buffer.Length - done, toPageEnd);
                var read = ReadPage(threadId, address + (ulong)done, target + done, size);
                if (read <= 0)
                {
                    return done > 0 ? done : read;
                }

                done += read;
                if (read < size)
                {
                    break;
                }
            }
        }

        return done;
    }

    /// <inheritdoc/>
    public int ReadLink(int threadId, ReadOnlySpan<byte> name, Span<byte> buffer)
    {
        var path = stackalloc byte[64];
        BuildPath(threadId, name, new Span<byte>(path, 64));
        fixed (byte* target = buffer)
        {
            var length = Libc.ReadLink(path, target, (nuint)buffer.Length);
            return length < 0 ? -Marshal.GetLastPInvokeError() : (int)length;
        }
    }

    /// <summary>Reads the file <c>/proc/&lt;id&gt;/&lt;name&gt;</c> of a thread or process from its beginning. Returns the bytes read, or a negative errno.</summary>
    public static int ReadFile(int id, ReadOnlySpan<byte> name, Span<byte> buffer)
    {
        fixed (byte* target = buffer)
        {
            return ReadFile(id, name, target, buffer.Length, 0);
        }
    }

    private static int ReadPage(int threadId, ulong address, byte* target, int size)
    {
        var local = new IoVector { Base = target, Length = (nuint)size };
        var remote = new IoVector { Base = (void*)address, Length = (nuint)size };
        var read = Libc.ProcessVmReadV(threadId, &local, 1, &remote, 1, 0);
        if (read >= 0)
        {
            return (int)read;
        }

        var error = Marshal.GetLastPInvokeError();
        return error is Kernel.EPERM or Kernel.ENOSYS ? ReadFile(threadId, "mem"u8, target, size, (long)address) : -error;
    }

    private static int ReadFile(int id, ReadOnlySpan<byte> name, byte* target, int size, long offset)
    {
        var path = stackalloc byte[64];
        BuildPath(id, name, new Span<byte>(path, 64));
        var descriptor = Libc.Open(path, Kernel.CloseOnExec, 0);
        if (descriptor < 0)
        {
            return -Marshal.GetLastPInvokeError();
        }

        var read = Libc.PRead(descriptor, target, (nuint)size, offset);
        var result = read < 0 ? -Marshal.GetLastPInvokeError() : (int)read;
        _ = Libc.Close(descriptor);
        return result;
    }

    private static void BuildPath(int threadId, ReadOnlySpan<byte> name, Span<byte> path)
    {
        "/proc/"u8.CopyTo(path);
        Utf8Formatter.TryFormat(threadId, path[6..], out var digits);
        var at = 6 + digits;
        path[at++] = (byte)'/';
        name.CopyTo(path[at..]);
        path[at + name.Length] = 0;
    }
}
