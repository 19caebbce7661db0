using Faultbox.Core.Events;
using Faultbox.Core.Faults;
using Faultbox.Core.Verdicts;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Runtime.Verdicts;

/// <summary>Counts the intercepted calls of a finished test.</summary>
internal static class SyscallSummaries
{
    /// <summary>One row per service with intercepted calls, services in ordinal order.</summary>
    public static IReadOnlyList<SyscallSummary> Of(EventLog log, IReadOnlyList<FaultEngine> engines)
    {
        SortedDictionary<string, Counts> services = new(StringComparer.Ordinal);
        var dropped = engines.ToDictionary(e => e.Service, e => e.DroppedNotifications, StringComparer.Ordinal);
        for (var index = 0; index < log.Count; index++)
        {
            if (log.TryGetSyscall(index, out var service, out var record))
            {
                if (!services.TryGetValue(service, out var counts))
                {
                    services.Add(service, counts = new Counts());
                }

                counts.Add(record);
            }
        }

        return [.. services.Select(s => s.Value.Summarize(s.Key, dropped.GetValueOrDefault(s.Key)))];
    }

    private sealed class Counts
    {
        private readonly Dictionary<int, long> _calls = [];
        private long _total;
        private long _faulted;

        public void Add(in SyscallRecord record)
        {
            _total++;
            _faulted += FaultedCalls.IsFaulted(record.Decision.Kind) ? 1 : 0;
            _calls[record.Number] = _calls.GetValueOrDefault(record.Number) + 1;
        }

        public SyscallSummary Summarize(string service, long dropped) => new(
            service,
            _total,
            _faulted,
            dropped,
            [.. _calls.Select(c => KeyValuePair.Create(SyscallTable.NameOf(c.Key), c.Value))
                .OrderByDescending(c => c.Value)
                .ThenBy(c => c.Key, StringComparer.Ordinal)]);
    }
}
