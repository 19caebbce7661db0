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
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly Socket _server;
    private readonly string? _shortDirectory;

    public HandOffSocket(string runDirectory)
    {
        var name = $"h{Guid.NewGuid():n}"[..13];
        Path = System.IO.Path.Combine(runDirectory, name);
        if (Encoding.UTF8.GetByteCount(Path) > MaximumPath)
        {
            var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path)))[..16];
            _shortDirectory = $"/tmp/faultbox-{digest}";
            Directory.CreateDirectory(_shortDirectory, OwnerOnly);
            Path = $"{_shortDirectory}/{name}";
        }

        _server = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _server.Bind(new UnixDomainSocketEndPoint(Path));

        // Accepted sockets inherit it, so the first message already carries the sender.
        _server.SetRawSocketOption(SocketLevel, PassCredentials, BitConverter.GetBytes(1));
        _server.Listen(1);
    }

    /// <summary>Where it listens.</summary>
    public string Path { get; }

    /// <summary>Its descriptor, for polling.</summary>
    public int Descriptor => (int)_server.Handle;

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
