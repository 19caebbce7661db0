using System.Diagnostics;
using System.Net.Sockets;
using Faultbox.Protocols.Tests.Hostile;

namespace Faultbox.Protocols.Tests.Http2;

/// <summary>nghttpd in clear text, with files of its own.</summary>
internal sealed class Nghttpd : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("faultbox-nghttpd-").FullName;
    private readonly Process _process;

    private Nghttpd(string[] options) =>
        _process = Process.Start(new ProcessStartInfo("nghttpd", ["--no-tls", "-a", "127.0.0.1", "-d", _directory, .. options, $"{Port}"]))!;

    public int Port { get; } = FreePort.Next();

    /// <summary>Starts it with <c>/index.html</c>, which is <c>ok</c>, and waits until it is up.</summary>
    public static async Task<Nghttpd> StartAsync(params string[] options)
    {
        var server = new Nghttpd(options);
        server.Write("index.html", "ok");
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await server.IsUpAsync())
        {
            await Task.Delay(20, limit.Token);
        }

        return server;
    }

    public string File(string name) => Path.Combine(_directory, name);

    public void Write(string name, string content) => System.IO.File.WriteAllText(File(name), content);

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task<bool> IsUpAsync()
    {
        try
        {
            using var socket = await Hostility.ConnectAsync(Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
