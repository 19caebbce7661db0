using System.Collections.Concurrent;
using System.Globalization;
using Faultbox.Core.Faults;

namespace Faultbox.Runtime.Supervision;

/// <summary>Names of the threads of one service, read from the process file system once per thread and again after it executes a program.</summary>
internal sealed class CallerDirectory : ICallerDirectory
{
    private readonly ConcurrentDictionary<int, Caller> _callers = new();

    /// <summary>The service's first process; 0 before it is known.</summary>
    public int MainProcess { get; set; }

    /// <inheritdoc/>
    public Caller? Find(int threadId)
    {
        if (_callers.TryGetValue(threadId, out var known))
        {
            return known;
        }

        var caller = Read(threadId);
        if (caller is not null)
        {
            _callers[threadId] = caller;
        }

        return caller;
    }

    /// <summary>Forgets a thread that is about to execute another program.</summary>
    public void Forget(int threadId) => _callers.TryRemove(threadId, out _);

    private Caller? Read(int threadId)
    {
        try
        {
            var process = ProcessOf(threadId);
            return new Caller(
                process,
                File.ReadAllText($"/proc/{process}/comm").TrimEnd('\n'),
                File.ReadAllText($"/proc/{threadId}/comm").TrimEnd('\n'),
                File.ResolveLinkTarget($"/proc/{threadId}/exe", returnFinalTarget: false)?.FullName ?? "",
                process == MainProcess);
        }
        catch (IOException)
        {
            // The thread ended while it was looked up.
            return null;
        }
    }

    private static int ProcessOf(int threadId)
    {
        const string Label = "Tgid:";
        var line = File.ReadLines($"/proc/{threadId}/status").First(l => l.StartsWith(Label, StringComparison.Ordinal));
        return int.Parse(line.AsSpan(Label.Length).Trim(), CultureInfo.InvariantCulture);
    }
}
