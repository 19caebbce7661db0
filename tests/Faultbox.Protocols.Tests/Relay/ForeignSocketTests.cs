using System.Diagnostics;
using System.Net.Sockets;
using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Tests.Relay;

/// <summary>Unix sockets as another process knows them.</summary>
public sealed class ForeignSocketTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("faultbox-socket-").FullName;
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    public void Dispose()
    {
        _listener.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData("up.sock")]
    [InlineData("link/up.sock")]
    public void A_socket_is_reached_by_the_path_of_the_process(string path)
    {
        Listen();
        Directory.CreateSymbolicLink(Path.Combine(_directory, "link"), _directory);
        using var other = Process.Start(new ProcessStartInfo("cat") { RedirectStandardInput = true })!;

        using (var socket = ForeignSocket.Find(other.Id, Path.Combine(_directory, path)))
        using (var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            client.Connect(new UnixDomainSocketEndPoint(socket.Path));
            Assert.True(client.Connected);
        }

        other.StandardInput.Close();
        other.WaitForExit();
    }

    [Fact]
    public void What_is_not_there_refuses()
    {
        var absent = Assert.Throws<SocketException>(() => ForeignSocket.Find(Environment.ProcessId, Path.Combine(_directory, "absent.sock")));
        var ended = Assert.Throws<SocketException>(() => ForeignSocket.Find(int.MaxValue, "/up.sock"));

        Assert.Equal((SocketError.ConnectionRefused, SocketError.ConnectionRefused), (absent.SocketErrorCode, ended.SocketErrorCode));
    }

    private void Listen()
    {
        _listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(_directory, "up.sock")));
        _listener.Listen();
    }
}
