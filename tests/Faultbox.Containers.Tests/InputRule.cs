using System.Diagnostics;

namespace Faultbox.Containers.Tests;

/// <summary>A rule of this host's firewall for what is sent to it, before all others, until it is disposed.</summary>
internal sealed class InputRule : IDisposable
{
    private readonly string[] _rule;

    public InputRule(params string[] rule)
    {
        _rule = rule;
        Iptables(["-I", "INPUT", .. rule]);
    }

    public void Dispose() => Iptables(["-D", "INPUT", .. _rule]);

    private static void Iptables(IEnumerable<string> arguments)
    {
        using var program = Process.Start("/usr/sbin/iptables", arguments);
        program.WaitForExit();
        Assert.Equal(0, program.ExitCode);
    }
}
