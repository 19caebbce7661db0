namespace Faultbox.Linux.Seccomp;

/// <summary>Receives the intercepted calls of one service.</summary>
public interface INotificationHandler
{
    /// <summary>A call waits for its answer. Called on the receive thread; must not block and should not allocate.</summary>
    void Handle(NotificationListener listener, ref readonly SeccompNotification notification);

    /// <summary>
    /// A thread makes a call in another calling convention, as 32-bit programs do, which no rule is about; it runs when this returns.
    /// </summary>
    /// <param name="listener">Listener of the call.</param>
    /// <param name="threadId">The thread.</param>
    void PassesBy(NotificationListener listener, int threadId)
    {
    }

    /// <summary>A call was gone before it was received or its answer reached it: its thread died or a signal took it back.</summary>
    /// <param name="listener">Listener of the call.</param>
    /// <param name="id">The call; 0 for one that was gone before it was received.</param>
    void Dropped(NotificationListener listener, ulong id);

    /// <summary>No further notification will come.</summary>
    void Ended(NotificationListener listener, ListenerEnd end);
}
