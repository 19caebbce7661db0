using System.Globalization;
using Faultbox.Core.Events;
using Faultbox.Core.Faults;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Core.Determinism;

/// <summary>
/// Recognizes calls of one service whose results no seed determines: clocks, random bytes, names, and connections to where nothing was
/// declared. Reports each category once per test, connections once per destination.
/// </summary>
internal sealed class UnmediatedIo
{
    private const int DnsPort = 53;

    private static readonly int Clock = NumberOf("clock_gettime");
    private static readonly int Random = NumberOf("getrandom");
    private static readonly int Connect = NumberOf("connect");

    private readonly string _service;
    private readonly EventLog _log;
    private readonly IAddressBook? _addresses;
    private readonly int _randomDevice;
    private readonly int _blockingDevice;
    private readonly HashSet<int> _destinations = [];
    private bool _clockReported;
    private bool _randomReported;

    public UnmediatedIo(string service, EventLog log, IAddressBook? addresses)
    {
        (_service, _log, _addresses) = (service, log, addresses);
        _randomDevice = log.Paths.Intern("/dev/urandom"u8);
        _blockingDevice = log.Paths.Intern("/dev/random"u8);
    }

    /// <summary>Looks at a recorded call. Any thread.</summary>
    /// <param name="context">The call.</param>
    /// <param name="pathId">Its interned path, or -1.</param>
    public void Examine(ref SyscallContext context, int pathId)
    {
        if (context.Number == Clock)
        {
            ReportOnce(ref _clockReported, "clock", context.Number, context.ThreadId);
        }
        else if (context.Number == Random || (pathId >= 0 && (pathId == _randomDevice || pathId == _blockingDevice) && context.Descriptor < 0))
        {
            ReportOnce(ref _randomReported, "rand", context.Number, context.ThreadId);
        }
        else if (context.Number == Connect && context.TryGetDestination(out var destination) && !destination.IsUnix
            && _addresses?.IsDeclaredPort(destination.Port) != true)
        {
            ReportDestination(destination, context.ThreadId);
        }
    }

    private void ReportOnce(ref bool reported, string category, int call, int thread)
    {
        if (!Interlocked.Exchange(ref reported, true))
        {
            Emit(category, call, thread, []);
        }
    }

    private void ReportDestination(in SocketDestination destination, int thread)
    {
        var id = Destinations.Intern(destination, _log.Paths);
        bool first;
        lock (_destinations)
        {
            first = _destinations.Add(id);
        }

        if (first)
        {
            Emit(destination.Port == DnsPort ? "dns" : "network-unmediated", Connect, thread, [new("detail", _log.Paths.Text(id))]);
        }
    }

    private void Emit(string category, int call, int thread, EventField[] more) => _log.Emit(
        "unmediated_io",
        _service,
        [
            new("category", category),
            new("syscall", SyscallTable.NameOf(call)),
            new("pid", thread.ToString(CultureInfo.InvariantCulture)),
            .. more,
        ]);

    private static int NumberOf(string name) => SyscallTable.TryGetNumber(name, out var number) ? number : -1;
}
