using System.Diagnostics;
using System.Net.Sockets;
using Faultbox.Linux.Shim;

namespace Faultbox.Linux.Processes;

/// <summary>A launcher that a container engine starts, and the socket it connects to: two files of this host that are mounted into the container.</summary>
public sealed class MountedLauncher : IDisposable
{
    /// <summary>Where the launcher is mounted in the container, and its entry point.</summary>
    public const string Target = "/faultbox-shim";

    /// <summary>Where the directory of the socket is mounted in the container.</summary>
    public const string SocketTarget = "/var/run/faultbox";

    /// <summary>The socket as the launcher sees it.</summary>
    internal const string SocketPath = $"{SocketTarget}/fd.sock";

    private const int ExitPollMilliseconds = 20;
    private const UnixFileMode Executable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private readonly HandOffSocket _socket;

    /// <summary>Writes the launcher and listens.</summary>
    /// <param name="name">What it is for, in messages.</param>
    /// <param name="program">What it starts, in messages.</param>
    /// <param name="directory">Private directory; both files are put below it.</param>
    /// <param name="image">The launcher.</param>
    /// <exception cref="LaunchException">The directory cannot be used.</exception>
    internal MountedLauncher(string name, string program, string directory, byte[] image)
    {
        Path = System.IO.Path.Combine(directory, "shim");
        var sockets = System.IO.Path.Combine(directory, "socket");
        try
        {
            Directory.CreateDirectory(sockets);
            File.Delete(Path);
            File.Delete(System.IO.Path.Combine(sockets, "fd.sock"));
            File.WriteAllBytes(Path, image);
            File.SetUnixFileMode(Path, Executable);
            _socket = new HandOffSocket(sockets, shared: true);
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException)
        {
            throw new LaunchException(
                LaunchStep.None, null, program, $"the hand-off of \"{name}\" needs a launcher and a socket in {directory}, which cannot be made there: {e.Message}");
        }
    }

    /// <summary>The launcher on this host.</summary>
    public string Path { get; }

    /// <summary>Directory of the socket on this host.</summary>
    public string SocketDirectory => System.IO.Path.GetDirectoryName(_socket.Path)!;

    /// <summary>Takes the connection of the launcher; null when the container ended without one.</summary>
    /// <param name="exited">Completes when the container has ended.</param>
    /// <exception cref="TimeoutException">There was none within the time that a step may take.</exception>
    internal Socket? Accept(Task exited)
    {
        var start = Stopwatch.GetTimestamp();
        while (!_socket.IsConnecting(ExitPollMilliseconds))
        {
            if (exited.IsCompleted)
            {
                return null;
            }

            if (Stopwatch.GetElapsedTime(start).TotalMilliseconds > HandOffDialogue.LimitMilliseconds)
            {
                throw new TimeoutException();
            }
        }

        return _socket.Accept();
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();
}
