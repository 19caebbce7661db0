using System.Net.Sockets;
using System.Runtime.InteropServices;
using Faultbox.Protocols.Polling;
using Microsoft.Win32.SafeHandles;

namespace Faultbox.Protocols.Relay;

/// <summary>
/// A unix socket in the file system of another process, such as that of a container. Links on the way lead where they lead for that process
/// (openat2(2), RESOLVE_IN_ROOT): a path of an image must not end in the file system of this host.
/// </summary>
internal sealed class ForeignSocket : IDisposable
{
    private const nint OpenAtNumber = 437;
    private const int PathOnly = 0x200000 | 0x80000;
    private const ulong InRoot = 0x10;
    private const ulong NoMagicLinks = 0x02;

    private readonly SafeFileHandle _socket;

    private ForeignSocket(SafeFileHandle socket) => _socket = socket;

    /// <summary>A path of this process that is the socket as long as this object lives.</summary>
    public string Path => $"/proc/self/fd/{_socket.DangerousGetHandle()}";

    /// <summary>Finds the socket.</summary>
    /// <param name="process">The process.</param>
    /// <param name="path">Absolute path as the process knows it.</param>
    /// <exception cref="SocketException">It is not there, or the rights to look for it are missing (proc(5), <c>/proc/pid/root</c>).</exception>
    public static unsafe ForeignSocket Find(int process, string path)
    {
        var root = Libc.Open($"/proc/{process}/root", PathOnly);
        if (root < 0)
        {
            throw Failure();
        }

        try
        {
            var how = stackalloc ulong[] { PathOnly, 0, InRoot | NoMagicLinks };
            var socket = Libc.OpenAt(OpenAtNumber, root, path, how, 3 * sizeof(ulong));
            return socket >= 0 ? new ForeignSocket(new SafeFileHandle(socket, ownsHandle: true)) : throw Failure();
        }
        finally
        {
            _ = Libc.Close(root);
        }
    }

    /// <summary>False when the rights are missing to look into the file system of a process; true also when there is no such process.</summary>
    public static bool MayLookInto(int process)
    {
        var root = Libc.Open($"/proc/{process}/root", PathOnly);
        if (root >= 0)
        {
            _ = Libc.Close(root);
        }

        return root >= 0 || Marshal.GetLastPInvokeError() is Libc.NoEntry or Libc.NoProcess;
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    /// <summary>A socket, or a process, that is not there is one that nobody listens on.</summary>
    private static SocketException Failure() => Marshal.GetLastPInvokeError() is Libc.NoEntry or Libc.NoProcess or Libc.NotDirectory
        ? new SocketException((int)SocketError.ConnectionRefused)
        : Libc.Failure(Marshal.GetLastPInvokeError());
}
