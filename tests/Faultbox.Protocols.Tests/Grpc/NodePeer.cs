using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Faultbox.Protocols.Tests.Grpc;

/// <summary>Scripts on the client libraries of Node.js, which <c>eng/setup.sh</c> installs.</summary>
internal sealed class NodePeer : IDisposable
{
    private static readonly string Scripts = Path.Combine(AppContext.BaseDirectory, "Grpc", "Peers");
    private readonly Process _server;

    private NodePeer(Process server) => _server = server;

    public int Port { get; private set; }

    /// <summary>Its process.</summary>
    public int Pid => _server.Id;

    /// <summary>What the service said it was called for.</summary>
    public ConcurrentQueue<string> Calls { get; } = new();

    public static async Task<NodePeer> StartAsync(string script, params string[] arguments)
    {
        var process = Launch(script, arguments);
        var line = await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30));
        var peer = new NodePeer(process) { Port = int.Parse(line!["port ".Length..], CultureInfo.InvariantCulture) };
        _ = peer.ListenAsync();
        return peer;
    }

    /// <summary>Starts a script that has no port.</summary>
    public static NodePeer Start(string script, params string[] arguments)
    {
        var peer = new NodePeer(Launch(script, arguments));
        _ = peer.ListenAsync();
        return peer;
    }

    /// <summary>Runs a script to its end and returns its lines.</summary>
    public static async Task<string[]> RunAsync(string script, params string[] arguments)
    {
        using var process = Launch(script, arguments);
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(90));
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await errors);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Sends a line to the standard input of the service.</summary>
    public void Say(string line) => _server.StandardInput.WriteLine(line);

    /// <summary>Waits until the service has said a line.</summary>
    public async Task SaidAsync(string line)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!Calls.Contains(line))
        {
            await Task.Delay(10, limit.Token);
        }
    }

    public void Dispose()
    {
        // Nothing happens to one that has ended.
        _server.Kill();
        _server.Dispose();
    }

    private async Task ListenAsync()
    {
        while (await _server.StandardOutput.ReadLineAsync() is { } line)
        {
            Calls.Enqueue(line);
        }
    }

    private static Process Launch(string script, params string[] arguments)
    {
        var info = new ProcessStartInfo("node", [Path.Combine(Scripts, script), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        info.Environment["NODE_PATH"] = NodeModules.Directory;
        return Process.Start(info)!;
    }
}
