using System.CommandLine;
using Faultbox.Cli.CommandLine;
using Faultbox.Cli.Doctor;
using Faultbox.Cli.Output;
using Faultbox.Spec.Loading;

namespace Faultbox.Cli.Commands;

/// <summary><c>faultbox doctor</c>.</summary>
internal static class DoctorCommand
{
    /// <summary>Something that was asked for is missing.</summary>
    private const int Negative = 2;

    private static readonly string[] Usual = ["T0", "T1"];

    public static Command Build()
    {
        var spec = Flags.Text("--spec", "SPEC", "Ask only for what this specification needs.");
        var format = Flags.Choice("--format", "json prints one document on standard output.", "text", "json");
        var command = new Command("doctor", "Tell what this host can do, and what to change for the rest.") { spec, format };
        command.SetAction(parsed =>
        {
            var requested = Usual;
            if (Flags.Last(parsed, spec) is { } path)
            {
                var loaded = SpecLoader.Load(new SpecLoadOptions(path) { Print = Console.Error.WriteLine });
                if (!loaded.Succeeded)
                {
                    Console.Error.WriteLine($"error: {loaded.Error.Message}\n  see faultbox check {path}");
                    return ExitCode.Error;
                }

                requested = loaded.Model.FilteredSyscalls.Any(f => f.Value.Count > 0) ? Usual : ["T0"];
            }

            var report = new HostReport(HostExamination.All(), requested);
            if (Flags.Last(parsed, format) == "json")
            {
                using var output = Console.OpenStandardOutput();
                report.WriteJson(output);
            }
            else
            {
                report.WriteText(Console.Out, TerminalStyle.ForStandardOutput());
            }

            return report.IsUsable ? ExitCode.Success : Negative;
        });
        return command;
    }
}
