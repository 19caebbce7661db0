using System.Runtime.InteropServices;
using Faultbox.Linux.Native;

namespace Faultbox.Linux.Seccomp;

/// <summary>
/// Lets an intercepted call run and catches its thread on the way back into the program. The thread is seized (ptrace(2)) while it waits
/// for its answer, with an interrupt pending: a call that works completes, one that would wait for something returns instead.
/// </summary>
public static class ReturnTrap
{
    private const int SeizeRequest = 0x4206;
    private const int InterruptRequest = 0x4207;
    private const int WaitForThreads = 0x40000000;

    private static readonly int TraceCall =
        RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 117 : 101;

    /// <summary>
    /// Answers a call and runs an action when the call is over, before the program goes on. The action runs at once where the kernel does not
    /// allow the thread to be seized. Returns immediately; the rest happens on a thread of its own.
    /// </summary>
    /// <param name="listener">Listener of the call.</param>
    /// <param name="id">The call.</param>
    /// <param name="threadId">Thread that made it.</param>
    /// <param name="action">What to do; whatever thread was caught goes on after it.</param>
    public static void Continue(NotificationListener listener, ulong id, int threadId, Action action) =>
        new Thread(() => Catch(listener, id, threadId, action), 128 * 1024) { IsBackground = true, Name = "return trap" }.Start();

    private static unsafe void Catch(NotificationListener listener, ulong id, int threadId, Action action)
    {
        // The end of this thread lets go of the seized one.
        var seized = Trace(SeizeRequest, threadId) && Trace(InterruptRequest, threadId);
        if (listener.Continue(id) && seized)
        {
            int status;
            while (Libc.WaitPid(threadId, &status, WaitForThreads) < 0 && Marshal.GetLastPInvokeError() == Kernel.EINTR)
            {
            }
        }

        action();
    }

    private static bool Trace(int request, int threadId) => Libc.Syscall(TraceCall, request, threadId, 0, 0) == 0;
}
