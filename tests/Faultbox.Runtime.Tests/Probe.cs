using System.Diagnostics;
using System.Globalization;
using Faultbox.Core;
using Faultbox.Core.Topology;

namespace Faultbox.Runtime.Tests;

/// <summary>The test server of <c>Programs/probe.c</c>, compiled once, and declarations of services that run it.</summary>
internal static class Probe
{
    private static readonly Lazy<string> Program = new(Compile);

    public static string Path => Program.Value;

    public static SourcePosition Here { get; } = new("test.star", 1, 1);

    public static ServiceDefinition Service(string name, params string[] dependsOn)
    {
        var port = FreePort.Next();
        return new ServiceDefinition
        {
            Name = name,
            Kind = ServiceKind.Binary,
            Binary = Path,
            Arguments = [port.ToString(CultureInfo.InvariantCulture), Marker(name, port)],
            Interfaces = [new InterfaceDefinition("main", "tcp", port)],
            DependsOn = dependsOn,
            Healthcheck = new TcpHealthcheck($"localhost:{port}") { Timeout = TimeSpan.FromSeconds(10) },
            Position = Here,
        };
    }

    /// <summary>A word on the command line of a probe and of everything it forks.</summary>
    public static string Marker(string name, int port) => $"faultbox-probe-{name}-{port}";

    public static string MarkerOf(ServiceDefinition service) => service.Arguments[1];

    /// <summary>Processes of this host with a word on their command line.</summary>
    public static IReadOnlyList<int> ProcessesWith(string word) =>
        [.. Directory.EnumerateDirectories("/proc")
            .Select(d => System.IO.Path.GetFileName(d))
            .Where(n => int.TryParse(n, CultureInfo.InvariantCulture, out _) && CommandLineOf(n).Contains(word, StringComparison.Ordinal))
            .Select(n => int.Parse(n, CultureInfo.InvariantCulture))];

    private static string CommandLineOf(string process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static string Compile()
    {
        var output = System.IO.Path.Combine(AppContext.BaseDirectory, "Programs", "probe");
        var source = System.IO.Path.Combine(AppContext.BaseDirectory, "Programs", "probe.c");

        // Tests run this program in processes of their own too, which compile while others launch: the file appears finished.
        var unfinished = $"{output}.{Environment.ProcessId}";
        using var compiler = Process.Start(new ProcessStartInfo("gcc", ["-O1", "-pthread", "-o", unfinished, source]))!;
        compiler.WaitForExit();
        Assert.Equal(0, compiler.ExitCode);
        File.Move(unfinished, output, overwrite: true);
        return output;
    }
}
