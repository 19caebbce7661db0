using Faultbox.Linux.Seccomp;

namespace Faultbox.Bench.Syscalls;

/// <summary>Lets every call run after a delay.</summary>
internal sealed class DelayingHandler(ReplyTimer timer, TimeSpan delay) : INotificationHandler
{
    public void Handle(NotificationListener listener, ref readonly SeccompNotification notification) =>
        timer.Schedule(listener, notification.Id, delay, TimerReply.Continue);

    public void Dropped(NotificationListener listener, ulong id)
    {
    }

    public void Ended(NotificationListener listener, ListenerEnd end)
    {
    }
}
