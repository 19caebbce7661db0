using System.Runtime.InteropServices;
using Faultbox.Linux.Native;
using Faultbox.Linux.Syscalls;
using Microsoft.Win32.SafeHandles;

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
    private const ulong SynchronousWakeUp = 1;
    private const uint ContinueFlag = 1;

    private static readonly TimeSpan EndGrace = TimeSpan.FromSeconds(3);

    private readonly SafeFileHandle _descriptor;
    private readonly SafeFileHandle _target;
    private readonly SafeFileHandle _stop;
    private readonly INotificationHandler _handler;
    private readonly Thread _thread;
    private long _dropped;
    private volatile bool _stopping;
    private int _disposed;
    private bool _keepsTime;
    private volatile bool _over;

    /// <summary>Takes over a listener.</summary>
    /// <param name="descriptor">The listener; owned from now on.</param>
    /// <param name="target">A process descriptor of the service, which tells its end from a failure of supervision; outlives the listener.</param>
    /// <param name="handler">Decides the calls.</param>
    /// <param name="name">The service's name, for the thread.</param>
    internal NotificationListener(SafeFileHandle descriptor, SafeFileHandle target, INotificationHandler handler, string name)
    {
        (_descriptor, _target, _handler) = (descriptor, target, handler);
        _stop = new SafeFileHandle(Libc.EventFd(0, Kernel.CloseOnExec), ownsHandle: true);

        // Wakes the receiver on the caller's processor; kernels before 6.6 refuse the flag, which changes nothing but speed.
        _ = Request(SetFlags, (void*)SynchronousWakeUp);
        _thread = new Thread(Run, 256 * 1024) { IsBackground = true, Name = $"seccomp {name}" };
    }

    /// <summary>Calls that were gone before they were received or answered, because their thread died or was interrupted.</summary>
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
    public bool IsValid(ulong id) => Request(IdValid, &id) == 0;

    /// <summary>
    /// Ends the receive thread, without waiting for it. Calls that arrive afterwards are answered by nobody until the listener is
    /// disposed, so stop the service first.
    /// </summary>
    public void Stop()
    {
        _stopping = true;
        if (!_stop.IsClosed)
        {
            ulong one = 1;
            _ = Libc.Write((int)_stop.DangerousGetHandle(), &one, sizeof(ulong));
        }
    }

    /// <summary>False once the receive thread takes no more calls.</summary>
    public bool Receives => !_over;

    /// <summary>
    /// Waits until the handler knows why the receive thread has ended; returns at once while it receives. The reason takes up to three
    /// seconds: only a service that outlives its listener proves a failure.
    /// </summary>
    public void AwaitEnd()
    {
        if (_over && Thread.CurrentThread != _thread)
        {
            _thread.Join();
        }
    }

    /// <summary>Stops and closes the descriptor; waits for the receive thread unless called from it. Waiting calls then fail with ENOSYS.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        Stop();
        if (Thread.CurrentThread != _thread && _thread.ThreadState != ThreadState.Unstarted)
        {
            _thread.Join();
        }

        _descriptor.Dispose();
        _stop.Dispose();
    }

    internal void Start() => _thread.Start();

    /// <summary>
    /// The delay of a call begins when it is received, so from the first delay on the receive thread must not wait for a processor. Until
    /// then it stays an ordinary thread: a real-time one takes 2 µs longer for every call.
    /// </summary>
    internal void KeepTime()
    {
        if (!_keepsTime && Thread.CurrentThread == _thread)
        {
            _keepsTime = true;
            Urgency.Raise();
        }
    }

    private bool Answer(SeccompResponse response)
    {
        while (true)
        {
            switch (Request(Send, &response))
            {
                case 0:
                    return true;
                case Kernel.EINTR:
                    continue;
                case Kernel.ENOENT:
                    Interlocked.Increment(ref _dropped);
                    _handler.Dropped(this, response.Id);
                    return false;
                default:
                    return false;
            }
        }
    }

    /// <summary>
    /// Makes a request and returns 0 or an errno. The handle counts its users, so that a late answer never reaches a descriptor that
    /// was closed and given to something else.
    /// </summary>
    private int Request(nuint request, void* argument)
    {
        var held = false;
        try
        {
            _descriptor.DangerousAddRef(ref held);
            return Libc.Ioctl((int)_descriptor.DangerousGetHandle(), request, argument) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
        catch (ObjectDisposedException)
        {
            return Kernel.EBADF;
        }
        finally
        {
            if (held)
            {
                _descriptor.DangerousRelease();
            }
        }
    }

    private void Run()
    {
        string? cause;
        try
        {
            cause = ReceiveAll();
        }
#pragma warning disable CA1031 // Whatever the handler throws means the same: nobody supervises the service any more.
        catch (Exception e)
#pragma warning restore CA1031
        {
            cause = $"deciding a call failed: {e.Message}";
        }

        _over = true;
        _handler.Ended(this, new ListenerEnd(FailureAfter(cause)));
    }

    /// <summary>Receives until the listener is stopped (null) or for another reason, which is returned.</summary>
    private string? ReceiveAll()
    {
        var descriptors = stackalloc PollDescriptor[2];
        var listener = (int)_descriptor.DangerousGetHandle();
        descriptors[0] = new PollDescriptor { Descriptor = listener, Events = Kernel.PollIn };
        descriptors[1] = new PollDescriptor { Descriptor = (int)_stop.DangerousGetHandle(), Events = Kernel.PollIn };
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

                return $"waiting for calls failed: {Errno.FromNumber(error).Message}";
            }

            if (_stopping)
            {
                return null;
            }

            if ((descriptors[0].Returned & Kernel.PollIn) == 0)
            {
                // Hang-up: the last thread under the filter is gone.
                return "the listener hung up";
            }

            // The kernel refuses a structure that is not zeroed.
            notification = default;
            if (Libc.Ioctl(listener, Receive, &notification) == 0)
            {
                if (SeccompFilter.IsNative(in notification))
                {
                    _handler.Handle(this, in notification);
                }
                else
                {
                    _handler.PassesBy(this, (int)notification.Pid);
                    Continue(notification.Id);
                }

                continue;
            }

            var cause = Marshal.GetLastPInvokeError();
            if (cause == Kernel.ENOENT)
            {
                Interlocked.Increment(ref _dropped);
                _handler.Dropped(this, 0);
            }
            else if (cause != Kernel.EINTR)
            {
                return $"receiving a call failed: {Errno.FromNumber(cause).Message}";
            }
        }
    }

    /// <summary>Why supervision failed; null when nobody is left to be supervised, or the end was asked for.</summary>
    private string? FailureAfter(string? cause)
    {
        if (_stopping || cause is null)
        {
            return null;
        }

        // A process descriptor becomes readable when its process is a zombie.
        var descriptors = stackalloc PollDescriptor[2];
        descriptors[0] = new PollDescriptor { Descriptor = (int)_target.DangerousGetHandle(), Events = Kernel.PollIn };
        descriptors[1] = new PollDescriptor { Descriptor = (int)_stop.DangerousGetHandle(), Events = Kernel.PollIn };
        while (Libc.Poll(descriptors, 2, (int)EndGrace.TotalMilliseconds) < 0 && Marshal.GetLastPInvokeError() == Kernel.EINTR)
        {
        }

        return _stopping || descriptors[0].Returned != 0
            ? null
            : $"{cause}; the service is still running, and its intercepted calls block indefinitely";
    }
}
