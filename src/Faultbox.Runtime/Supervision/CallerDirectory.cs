using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Faultbox.Core.Faults;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Runtime.Supervision;

/// <summary>
/// Names of the threads of one service. What is known about a thread is compared with the process file system every time it is asked
/// for, because threads rename themselves and execute other programs without telling anybody; it is read anew when it differs.
/// </summary>
internal sealed class CallerDirectory : ICallerDirectory
{
    private const int NameLength = 16;
    private const int LongestPath = 4096;

    private readonly ConcurrentDictionary<int, Known> _callers = new();
    private readonly ProcCallerReader _reader = new();
    private int _mainProcess;

    /// <summary>The service's first process; 0 before it is known. Another one forgets who called before.</summary>
    public int MainProcess
    {
        get => _mainProcess;
        set
        {
            _mainProcess = value;
            _callers.Clear();
        }
    }

    /// <inheritdoc/>
    public Caller? Find(int threadId)
    {
        if (_callers.TryGetValue(threadId, out var known) && IsCurrent(threadId, known))
        {
            return known.Caller;
        }

        if (Read(threadId) is not { } read)
        {
            return null;
        }

        _callers[threadId] = read;
        return read.Caller;
    }

    private bool IsCurrent(int threadId, Known known)
    {
        Span<byte> buffer = stackalloc byte[LongestPath];
        return Same(ProcCallerReader.ReadFile(threadId, "comm"u8, buffer), buffer, known.ThreadName)
            && (threadId == known.Caller.ProcessId || Same(ProcCallerReader.ReadFile(known.Caller.ProcessId, "comm"u8, buffer), buffer, known.ProcessName))
            && Same(_reader.ReadLink(threadId, "exe"u8, buffer), buffer, known.Executable);
    }

    private static bool Same(int length, ReadOnlySpan<byte> buffer, byte[] known) => length >= 0 && buffer[..length].SequenceEqual(known);

    private Known? Read(int threadId)
    {
        try
        {
            var process = ProcessOf(threadId);
            Span<byte> buffer = stackalloc byte[LongestPath];
            var processName = Bytes(ProcCallerReader.ReadFile(process, "comm"u8, buffer[..NameLength]), buffer);
            var threadName = Bytes(ProcCallerReader.ReadFile(threadId, "comm"u8, buffer[..NameLength]), buffer);
            var executable = Bytes(_reader.ReadLink(threadId, "exe"u8, buffer), buffer);
            var caller = new Caller(process, Text(processName), Text(threadName), Text(executable), process == _mainProcess);
            return new Known(caller, processName, threadName, executable);
        }
        catch (IOException)
        {
            // The thread ended while it was looked up.
            return null;
        }
    }

    private static byte[] Bytes(int length, ReadOnlySpan<byte> buffer) => length >= 0 ? buffer[..length].ToArray() : throw new IOException();

    private static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes).TrimEnd('\n');

    private static int ProcessOf(int threadId)
    {
        const string Label = "Tgid:";
        var line = File.ReadLines($"/proc/{threadId}/status").First(l => l.StartsWith(Label, StringComparison.Ordinal));
        return int.Parse(line.AsSpan(Label.Length).Trim(), CultureInfo.InvariantCulture);
    }

    private sealed record Known(Caller Caller, byte[] ProcessName, byte[] ThreadName, byte[] Executable);
}
