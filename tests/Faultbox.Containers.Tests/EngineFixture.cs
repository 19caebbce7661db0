using System.Diagnostics;

[assembly: AssemblyFixture(typeof(Faultbox.Containers.Tests.EngineFixture))]
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Faultbox.Containers.Tests;

/// <summary>The engine of <c>DOCKER_HOST</c>; without one, a daemon of these tests alone.</summary>
public sealed class EngineFixture : IAsyncLifetime
{
    private const string Variable = "DOCKER_HOST";

    private string? _daemon;

    /// <summary>A client of the engine.</summary>
    public Engine Engine { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Variable)))
        {
            _daemon = Directory.CreateTempSubdirectory("fbd-").FullName;
            var line = Daemon("start");
            Environment.SetEnvironmentVariable(Variable, line[(line.IndexOf('=') + 1)..].Trim());
        }

        Engine = await Engine.ConnectAsync(EngineAddress.Find(), CancellationToken.None);
    }

    public ValueTask DisposeAsync()
    {
        Engine.Dispose();
        if (_daemon is not null)
        {
            Daemon("stop");
            Environment.SetEnvironmentVariable(Variable, null);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Names of the containers and networks that Faultbox keeps in the engine now.</summary>
    public async Task<IReadOnlyList<string>> FootprintAsync()
    {
        var containers = await Engine.ContainersAsync(CancellationToken.None);
        var networks = await Engine.NetworksAsync(CancellationToken.None);
        return
        [
            .. containers.SelectMany(c => c.Names).Select(n => n.TrimStart('/')).Concat(networks.Select(n => n.Name))
                .Where(n => n.StartsWith("faultbox-", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
        ];
    }

    private string Daemon(string verb)
    {
        var start = new ProcessStartInfo("sh", [Path.Combine(AppContext.BaseDirectory, "daemon.sh"), verb, _daemon!]) { RedirectStandardOutput = true };
        using var script = Process.Start(start)!;
        var line = script.StandardOutput.ReadToEnd();
        script.WaitForExit();
        return script.ExitCode == 0 ? line : throw new InvalidOperationException($"daemon.sh {verb} failed");
    }
}
