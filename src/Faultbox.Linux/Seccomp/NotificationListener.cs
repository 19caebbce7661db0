using System.Runtime.InteropServices;
using Faultbox.Linux.Native;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Linux.Seccomp;

/// <summary>
/// Owns the listener descriptor of one service's filter. One dedicated thread receives; answers may be sent from any thread.
/// Requests and structures: include/uapi/linux/seccomp.h.
/// </summary>
public sealed unsafe class NotificationListener : IDisposable
{
    private const nuint Receive = 0xc0502100;
    private const nuint Send = 0xc0182101;
    private const nuint IdValid = 0x40082102;
    private const nuint SetFlags = 0x40082104;
    private const uint ContinueFlag = 1;

    private readonly int _descriptor;
    private readonly int _stop;
    private readonly INotificationHandler _handler;
    private readonly Thread _thread;
    private long _dropped;
    private int _stopping;
    private int _closed;

    internal NotificationListener(int descriptor, INotificationHandler handler, string name)
    {
        (_descriptor, _handler) = (descriptor, handler);
        _stop = Libc.EventFd(0, Kernel.CloseOnExec);

        // Wakes the receiver on the caller's processor; kernels before 6.6 refuse the flag, which changes nothing but speed.
        ulong synchronous = 1;
        _ = Libc.Ioctl(descriptor, SetFlags, (void*)synchronous);
        _thread = new Thread(Run, 256 * 1024) { IsBackground = true, Name = $"seccomp {name}" };
    }

    /// <summary>Calls that were gone when their answer was sent.</summary>
    public long DroppedNotifications => Interlocked.Read(ref _dropped);

    /// <summary>Lets a call run. False when the call is gone.</summary>
    public bool Continue(ulong id) => Answer(new SeccompResponse { Id = id, Flags = ContinueFlag });

    /// <summary>Makes a call fail. False when the call is gone.</summary>
    /// <param name="id">The call.</param>
    /// <param name="errno">Positive error number.</param>
    public bool Fail(ulong id, int errno) => Answer(new SeccompResponse { Id = id, Error = -errno });

    /// <summary>Makes a call return a value without running. False when the call is gone.</summary>
    public bool Return(ulong id, long value) => Answer(new SeccompResponse { Id = id, Value = value });

    /// <summary>True while the call waits for its answer, so that what was read from its memory can be trusted.</summary>
    public bool IsValid(ulong id) => Libc.Ioctl(_descriptor, IdValid, &id) == 0;

    /// <summary>Ends the receive thread; calls that arrive afterwards are answered by nobody, so stop the service first.</summary>
    public void Stop()
    {
        if (Interlocked.Exchange(ref _stopping, 1) == 0)
        {
            ulong one = 1;
            _ = Libc.Write(_stop, &one, sizeof(ulong));
        }
    }

    /// <summary>Stops and closes the descriptor; waits for the receive thread unless called from it.</summary>
    public void Dispose()
    {
        Stop();
        if (Thread.CurrentThread != _thread && _thread.ThreadState != ThreadState.Unstarted)
        {
            _thread.Join();
        }

        if (Interlocked.Exchange(ref _closed, 1) == 0)
        {
            _ = Libc.Close(_descriptor);
            _ = Libc.Close(_stop);
        }
    }

    internal void Start() => _thread.Start();

    private bool Answer(SeccompResponse response)
    {
        while (Libc.Ioctl(_descriptor, Send, &response) != 0)
        {
            if (Marshal.GetLastPInvokeError() != Kernel.EINTR)
            {
                Interlocked.Increment(ref _dropped);
                _handler.Dropped(this, response.Id);
                return false;
            }
        }

        return true;
    }

    private void Run()
    {
        string? failure;
        try
        {
            failure = ReceiveAll();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            failure = $"the supervisor failed: {e.Message}";
        }

        _handler.Ended(this, new ListenerEnd(failure));
    }

    private string? ReceiveAll()
    {
        var descriptors = stackalloc PollDescriptor[2];
        descriptors[0] = new PollDescriptor { Descriptor = _descriptor, Events = Kernel.PollIn };
        descriptors[1] = new PollDescriptor { Descriptor = _stop, Events = Kernel.PollIn };
        SeccompNotification notification;
        while (true)
        {
            if (Libc.Poll(descriptors, 2, -1) < 0)
            {
                var error = Marshal.GetLastPInvokeError();
                if (error == Kernel.EINTR)
                {
                    continue;
                }

                return $"poll failed: {Errno.FromNumber(error).Message}";
            }

            if (descriptors[1].Returned != 0)
            {
                return null;
            }

            if ((descriptors[0].Returned & Kernel.PollIn) == 0)
            {
                // Hang-up: the last thread under the filter is gone.
                return null;
            }

            notification = default;
            if (Libc.Ioctl(_descriptor, Receive, &notification) == 0)
            {
                _handler.Handle(this, in notification);
                continue;
            }

            var cause = Marshal.GetLastPInvokeError();
            if (cause is not (Kernel.EINTR or Kernel.ENOENT))
            {
                return $"receiving failed: {Errno.FromNumber(cause).Message}";
            }
        }
    }
}
