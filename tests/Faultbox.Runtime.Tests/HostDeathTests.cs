using System.Diagnostics;
using Faultbox.Core.Topology;

namespace Faultbox.Runtime.Tests;

public sealed class HostDeathTests
{
    private const string PortVariable = "FAULTBOX_TEST_HELD_PORT";

    [Fact]
    public void Nothing_survives_the_sudden_death_of_the_host()
    {
        var port = FreePort.Next();
        var marker = Probe.Marker("held", port);
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList =
            {
                typeof(HostDeathTests).Assembly.Location,
                "-method", $"{typeof(HostDeathTests).FullName}.{nameof(Host_that_holds_a_service)}", "-explicit", "only",
            },
            Environment = { [PortVariable] = $"{port}" },
            RedirectStandardOutput = true,
        };
        using var host = Process.Start(start)!;
        Assert.True(SpinWait.SpinUntil(() => Probe.ProcessesWith(marker).Count >= 2, TimeSpan.FromSeconds(60)), "the held service did not start");

        host.Kill();

        Assert.True(SpinWait.SpinUntil(() => Probe.ProcessesWith(marker).Count == 0, TimeSpan.FromSeconds(60)), "a process survived");
    }

    /// <summary>Runs in the process that the test above kills: it never ends by itself.</summary>
    [Fact(Explicit = true)]
    public void Host_that_holds_a_service()
    {
        var port = int.Parse(Environment.GetEnvironmentVariable(PortVariable)!, System.Globalization.CultureInfo.InvariantCulture);
        var held = Probe.Service("held") with
        {
            Arguments = [$"{port}", Probe.Marker("held", port)],
            Interfaces = [new InterfaceDefinition("main", "tcp", port)],
            Healthcheck = new TcpHealthcheck($"localhost:{port}") { Timeout = TimeSpan.FromSeconds(30) },
        };
        var result = new Suite().With(held, "write").Test("test_hold", s =>
        {
            s.Send("held", "daemon");
            s.Cancellation.WaitHandle.WaitOne();
        }).RunOne();
        Assert.Fail($"the host was not killed: {result.Reason}");
    }
}
