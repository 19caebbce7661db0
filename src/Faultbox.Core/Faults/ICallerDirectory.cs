namespace Faultbox.Core.Faults;

/// <summary>Who makes a call. Kept per thread and renewed when the thread executes another program.</summary>
/// <param name="ProcessId">Process of the thread.</param>
/// <param name="ProcessName">Name of the process (its main thread's name).</param>
/// <param name="ThreadName">Name of the thread.</param>
/// <param name="Executable">Path of the executable as the service sees it.</param>
/// <param name="IsMain">True for the service's first process, false for its descendants.</param>
public sealed record Caller(int ProcessId, string ProcessName, string ThreadName, string Executable, bool IsMain);

/// <summary>Looks up the callers of one service.</summary>
public interface ICallerDirectory
{
    /// <summary>Who a thread is; null when it is gone. Allocates nothing for a thread seen before.</summary>
    Caller? Find(int threadId);
}
