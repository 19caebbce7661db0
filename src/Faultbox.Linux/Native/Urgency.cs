namespace Faultbox.Linux.Native;

/// <summary>
/// The place of a thread among the threads of the machine (sched(7)). On a busy machine an ordinary thread that wakes up waits for several
/// milliseconds until a processor takes it, and every service that waits for its answer waits along. What the system does not permit
/// is left as it is. Threads that the calling thread starts do not inherit its place.
/// </summary>
internal static unsafe class Urgency
{
    private const int SetTimerSlack = 29;
    private const int FirstInFirstOut = 1;
    private const int NotForChildren = 0x40000000;

    /// <summary>For a thread that must act at a moment: before all ordinary threads, with sleeps that end at the nanosecond.</summary>
    public static void Raise()
    {
        var priority = 1;
        _ = Libc.SetScheduler(0, FirstInFirstOut | NotForChildren, &priority);
        _ = Libc.ProcessControl(SetTimerSlack, 1);
    }
}
