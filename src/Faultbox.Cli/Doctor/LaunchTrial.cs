using Faultbox.Cli.Running;
using Faultbox.Linux.Processes;
using Faultbox.Runtime.Programs;

namespace Faultbox.Cli.Doctor;

/// <summary>Launches a small program under a filter, as a test would: the proof that calls can be intercepted here.</summary>
/// <param name="Intercepted">True when its calls were seen.</param>
/// <param name="Isolation"><c>namespace</c> or <c>process_group</c>; null when it did not start.</param>
/// <param name="Failure">Why it did not start.</param>
internal sealed record LaunchTrial(bool Intercepted, string? Isolation, string? Failure)
{
    private const string Program = "true";

    public static LaunchTrial Make()
    {
        try
        {
            // Every program ends with this call, whatever its libraries do before.
            using var run = new ProgramRun(new ProgramRequest
            {
                Program = Program,
                Environment = [$"PATH={Environment.GetEnvironmentVariable("PATH")}"],
                Faults = [FaultGrammar.Parse("exit_group=delay:1ms:100%")],
                InheritsStreams = false,
            });
            run.Start().GetAwaiter().GetResult();
            run.Finish();
            return new(run.InterceptedCalls > 0, run.Isolation, run.Failure);
        }
        catch (Exception e) when (e is LaunchException or IOException or UnauthorizedAccessException)
        {
            return new(false, null, e.Message);
        }
    }
}
