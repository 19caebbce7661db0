using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Faultbox.Linux.Processes;

/// <summary>
/// The unix socket one launcher connects to. It listens before the launcher starts, in a directory of this user only, and delivers the
/// sender's process number with every message.
/// </summary>
internal sealed class HandOffSocket : IDisposable
{
    /// <summary>The longest path a <c>struct sockaddr_un</c> holds.</summary>
    private const int MaximumPath = 107;

    private const int SocketLevel = 1;
    private const int PassCredentials = 16;
    private const string SharedName = "fd.sock";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OthersEnter = OwnerOnly | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    private const UnixFileMode Everybody = OwnerOnly
        | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private readonly Socket _server;
    private readonly string? _shortDirectory;

    /// <summary>Listens in a directory.</summary>
    /// <param name="runDirectory">The directory; it exists.</param>
    /// <param name="shared">
    /// True for a socket that any user may connect to who gets at the directory, as those of a container do into which it is mounted.
    /// </param>
    public HandOffSocket(string runDirectory, bool shared = false)
    {
        var name = shared ? SharedName : $"h{Guid.NewGuid():n}"[..13];
        Path = System.IO.Path.Combine(runDirectory, name);
        if (Encoding.UTF8.GetByteCount(Path) > MaximumPath)
        {
            var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path)))[..16];
            _shortDirectory = $"/tmp/faultbox-{digest}";
            Directory.CreateDirectory(_shortDirectory, shared ? OthersEnter : OwnerOnly);
            Path = $"{_shortDirectory}/{name}";
        }

        _server = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _server.Bind(new UnixDomainSocketEndPoint(Path));

        if (shared)
        {
            File.SetUnixFileMode(System.IO.Path.GetDirectoryName(Path)!, OthersEnter);
            File.SetUnixFileMode(Path, Everybody);
        }

        // Accepted sockets inherit it, so the first message already carries the sender.
        _server.SetRawSocketOption(SocketLevel, PassCredentials, BitConverter.GetBytes(1));
        _server.Listen(1);
    }

    /// <summary>Where it listens.</summary>
    public string Path { get; }

    /// <summary>Its descriptor, for polling.</summary>
    public int Descriptor => (int)_server.Handle;

    /// <summary>True when a connection waits, or one comes within the time.</summary>
    public bool IsConnecting(int milliseconds) => _server.Poll(milliseconds * 1000, SelectMode.SelectRead);

    /// <summary>Takes the waiting connection.</summary>
    public Socket Accept() => _server.Accept();

    public void Dispose()
    {
        _server.Dispose();
        File.Delete(Path);
        if (_shortDirectory is not null)
        {
            Directory.Delete(_shortDirectory);
        }
    }
}
