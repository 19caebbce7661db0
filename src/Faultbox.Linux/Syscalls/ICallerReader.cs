namespace Faultbox.Linux.Syscalls;

/// <summary>Reads from a thread that waits in an intercepted call.</summary>
public interface ICallerReader
{
    /// <summary>Copies memory; stops before an unreadable page. Returns the bytes copied, or a negative errno.</summary>
    int ReadMemory(int threadId, ulong address, Span<byte> buffer);

    /// <summary>Reads the link <c>/proc/&lt;tid&gt;/&lt;name&gt;</c>. Returns its length, or a negative errno.</summary>
    /// <param name="threadId">Thread.</param>
    /// <param name="name">For example <c>cwd</c> or <c>root</c>, ASCII.</param>
    /// <param name="buffer">Receives the target.</param>
    int ReadLink(int threadId, ReadOnlySpan<byte> name, Span<byte> buffer);
}
