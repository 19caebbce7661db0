using System.Diagnostics;
using System.Net.Sockets;

namespace Faultbox.Cli.Tests.Remotes;

/// <summary>A program that serves on an address of this host without Faultbox knowing of it.</summary>
internal sealed class WebHost : IDisposable
{
    private readonly Process _process;

    private WebHost(ProcessStartInfo start, string address, int port)
    {
        _process = Process.Start(start)!;
        Address = address;
        Port = port;
        Assert.True(SpinWait.SpinUntil(Accepts, TimeSpan.FromSeconds(20)), "the server does not listen");
    }

    public string Address { get; }

    public int Port { get; }

    /// <summary>Python's HTTP server, which answers with the host it was asked for and the path.</summary>
    public static WebHost Python(string address = "127.0.0.2")
    {
        var port = FreePort.Next();
        return new WebHost(new ProcessStartInfo("python3", [Script("webhost.py"), address, $"{port}"]), address, port);
    }

    /// <summary>Any program that serves on a port.</summary>
    public static WebHost Of(string address, int port, string program, params string[] arguments) =>
        new(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true }, address, port);

    public static string Script(string name) => Path.Combine(AppContext.BaseDirectory, "Programs", name);

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }

    private bool Accepts()
    {
        try
        {
            using var client = new TcpClient(Address, Port);
            return true;
        }
        catch (SocketException)
        {
            Thread.Sleep(10);
            return false;
        }
    }
}
