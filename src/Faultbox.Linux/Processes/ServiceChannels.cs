using System.Runtime.InteropServices;
using Faultbox.Linux.Native;
using Faultbox.Linux.Syscalls;
using Microsoft.Win32.SafeHandles;

namespace Faultbox.Linux.Processes;

/// <summary>The descriptors between a launcher and its supervisor: two pipes for output and the lifeline, a socket pair.</summary>
internal sealed unsafe class ServiceChannels : IDisposable
{
    private const int UnixDomain = 1;
    private const int StreamSocket = 1;

    /// <summary>Makes the channels of one launch.</summary>
    /// <param name="inherits">True to hand on this process's own standard streams; the read ends are at their end then.</param>
    public ServiceChannels(bool inherits)
    {
        (OutputRead, OutputWrite) = Pair(ends => Libc.Pipe2((int*)ends, Kernel.CloseOnExec), "pipe");
        (ErrorRead, ErrorWrite) = Pair(ends => Libc.Pipe2((int*)ends, Kernel.CloseOnExec), "pipe");
        (Lifeline, LauncherLifeline) = Pair(
            ends => Libc.SocketPair(UnixDomain, StreamSocket | Kernel.CloseOnExec, 0, (int*)ends), "socketpair");
        if (inherits)
        {
            OutputWrite.Dispose();
            ErrorWrite.Dispose();
            (Input, OutputWrite, ErrorWrite) = (Own(0), Own(1), Own(2));
        }
    }

    /// <summary>Standard input of the service; null for none.</summary>
    public SafeFileHandle? Input { get; }

    public SafeFileHandle OutputRead { get; }

    public SafeFileHandle OutputWrite { get; }

    public SafeFileHandle ErrorRead { get; }

    public SafeFileHandle ErrorWrite { get; }

    /// <summary>The supervisor's end: closing it ends the service.</summary>
    public SafeFileHandle Lifeline { get; }

    /// <summary>The launcher's end.</summary>
    public SafeFileHandle LauncherLifeline { get; }

    /// <summary>Closes the launcher's ends once it has them.</summary>
    public void CloseLauncherEnds()
    {
        OutputWrite.Dispose();
        ErrorWrite.Dispose();
        LauncherLifeline.Dispose();
    }

    public void Dispose()
    {
        CloseLauncherEnds();
        OutputRead.Dispose();
        ErrorRead.Dispose();
        Lifeline.Dispose();
    }

    private static SafeFileHandle Own(int descriptor) => new(descriptor, ownsHandle: false);

    private static (SafeFileHandle First, SafeFileHandle Second) Pair(Func<nint, int> create, string call)
    {
        var ends = stackalloc int[2];
        if (create((nint)ends) != 0)
        {
            throw new IOException($"{call}: {Errno.FromNumber(Marshal.GetLastPInvokeError()).Message}");
        }

        return (new SafeFileHandle(ends[0], ownsHandle: true), new SafeFileHandle(ends[1], ownsHandle: true));
    }
}
