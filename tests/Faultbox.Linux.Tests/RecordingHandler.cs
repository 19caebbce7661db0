using Faultbox.Linux.Seccomp;

namespace Faultbox.Linux.Tests;

/// <summary>Lets a test decide calls with a function and collects how supervision went.</summary>
internal sealed class RecordingHandler(RecordingHandler.Decide decide) : INotificationHandler
{
    private readonly TaskCompletionSource<ListenerEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _received;
    private int _dropped;

    public delegate void Decide(NotificationListener listener, ref readonly SeccompNotification notification);

    public static RecordingHandler AllowAll => new((listener, ref readonly n) => listener.Continue(n.Id));

    public int Received => Volatile.Read(ref _received);

    public int DroppedCalls => Volatile.Read(ref _dropped);

    public Task<ListenerEnd> Ended => _ended.Task;

    void INotificationHandler.Handle(NotificationListener listener, ref readonly SeccompNotification notification)
    {
        Interlocked.Increment(ref _received);
        decide(listener, in notification);
    }

    void INotificationHandler.Dropped(NotificationListener listener, ulong id) => Interlocked.Increment(ref _dropped);

    void INotificationHandler.Ended(NotificationListener listener, ListenerEnd end) => _ended.SetResult(end);
}
