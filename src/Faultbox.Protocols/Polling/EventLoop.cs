using System.Collections.Concurrent;
using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Faultbox.Protocols.Polling;

/// <summary>
/// A thread that waits for sockets and runs what waits for them itself, one after the other: the relays of a connection go on without a
/// change of threads. What runs on it must not block.
/// </summary>
internal sealed unsafe class EventLoop
{
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int Add = 1;
    private const int BatchSize = 256;
    private const ulong WakeUp = 0;

    private static readonly EventLoop[] Loops = [.. Enumerable.Range(0, Math.Clamp(Environment.ProcessorCount, 1, 4)).Select(_ => new EventLoop())];
    private static int _next;

    private readonly int _epoll = Checked(Libc.EpollCreate(CloseOnExec));
    private readonly int _wake = Checked(Libc.EventDescriptor(0, CloseOnExec | NonBlocking));
    private readonly ConcurrentDictionary<ulong, IPolled> _sockets = new();
    private readonly ConcurrentQueue<IThreadPoolWorkItem> _turns = new();
    private readonly Thread _thread;
    private ulong _last = WakeUp;

    private EventLoop()
    {
        var change = stackalloc byte[EpollEvent.Size];
        EpollEvent.Write(change, EpollEvents.In | EpollEvents.Edge, WakeUp);
        Checked(Libc.EpollControl(_epoll, Add, _wake, change));
        _thread = new Thread(Run) { IsBackground = true, Name = "proxy" };
        _thread.Start();
    }

    /// <summary>The loop for the next connection.</summary>
    public static EventLoop Next => Loops[(uint)Interlocked.Increment(ref _next) % (uint)Loops.Length];

    /// <summary>Tells a socket from now on what becomes possible on it.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="events">What it wants to know, and how often.</param>
    /// <returns>Key for <see cref="Unregister"/>.</returns>
    public ulong Register(IPolled socket, EpollEvents events)
    {
        var key = Interlocked.Increment(ref _last);
        _sockets[key] = socket;
        var change = stackalloc byte[EpollEvent.Size];
        EpollEvent.Write(change, events, key);
        Checked(Libc.EpollControl(_epoll, Add, socket.Handle, change));
        return key;
    }

    /// <summary>Forgets a socket; its descriptor leaves the set when it is closed.</summary>
    public void Unregister(ulong key) => _sockets.TryRemove(key, out _);

    /// <summary>Does something on the thread of the loop when everybody else had a turn.</summary>
    public void TakeTurn(IThreadPoolWorkItem turn)
    {
        _turns.Enqueue(turn);
        if (Thread.CurrentThread != _thread)
        {
            var one = 1UL;
            _ = Libc.Write(_wake, &one, sizeof(ulong));
        }
    }

    private void Run()
    {
        var events = (byte*)NativeMemory.Alloc((nuint)(BatchSize * EpollEvent.Size));
        while (true)
        {
            var count = Libc.EpollWait(_epoll, events, BatchSize, _turns.IsEmpty ? -1 : 0);
            for (var i = 0; i < count; i++)
            {
                var (what, key) = EpollEvent.Read(events, i);
                if (key == WakeUp)
                {
                    ulong counter;
                    _ = Libc.Read(_wake, &counter, sizeof(ulong));
                }
                else if (_sockets.TryGetValue(key, out var socket))
                {
                    socket.Tell(what);
                }
            }

            for (var turns = _turns.Count; turns > 0 && _turns.TryDequeue(out var turn); turns--)
            {
                turn.Execute();
            }
        }
    }

    private static int Checked(int result) => result >= 0 ? result : throw new Win32Exception(Marshal.GetLastPInvokeError());
}
