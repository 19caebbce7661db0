using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Faultbox.Reporting.Tests.Support;

/// <summary>A second process of this test program that plays one part and then waits until it is killed or its input ends.</summary>
internal static class ChildProcess
{
    private const string Part = "FAULTBOX_TEST_PART";
    private const string Place = "FAULTBOX_TEST_PLACE";
    private const string Ready = "ready";

    private static readonly Dictionary<string, Action<string>> Parts = new()
    {
        ["journal"] = Journal.KilledRun.Play,
        ["bundle"] = Bundle.KilledWrite.Play,
    };

    /// <summary>Starts the process and waits until it has come to the point at which it may be killed.</summary>
    public static Process Start(string part, string directory)
    {
        var process = Process.Start(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Faultbox.Reporting.Tests"))
        {
            Environment = { [Part] = part, [Place] = directory, ["TMPDIR"] = directory },
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        })!;
        Assert.Equal(Ready, process.StandardOutput.ReadLine());
        return process;
    }

    /// <summary>Called by a part at the point at which it may be killed.</summary>
    public static void AwaitTheEnd()
    {
        Console.WriteLine(Ready);
        Console.In.ReadToEnd();
    }

    [ModuleInitializer]
    internal static void PlayWhenAskedTo()
    {
        if (Environment.GetEnvironmentVariable(Part) is { } part)
        {
            Parts[part](Environment.GetEnvironmentVariable(Place)!);
            Environment.Exit(0);
        }
    }
}
