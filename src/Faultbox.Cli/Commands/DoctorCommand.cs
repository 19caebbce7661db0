using System.CommandLine;
using Faultbox.Cli.CommandLine;
using Faultbox.Cli.Doctor;
using Faultbox.Cli.Output;
using Faultbox.Core.Topology;
using Faultbox.Runtime;
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
            IReadOnlyCollection<string> requested = Usual;
            IReadOnlyList<HostCheck> remotes = [];
            if (Flags.Last(parsed, spec) is { } path)
            {
                var loaded = SpecLoader.Load(new SpecLoadOptions(path) { Print = Console.Error.WriteLine });
                if (!loaded.Succeeded)
                {
                    Console.Error.WriteLine($"error: {loaded.Error.Message}\n  see faultbox check {path}");
                    return ExitCode.Error;
                }

                requested = [.. Needed(loaded.Model)];
                remotes = RemoteTrial.Make(loaded.Model.Services);
            }

            var report = new HostReport([.. HostExamination.All(), .. remotes], requested);
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

    /// <summary>The tiers without which a specification cannot run.</summary>
    private static IEnumerable<string> Needed(SpecModel model)
    {
        yield return "T0";
        if (model.FilteredSyscalls.Any(f => f.Value.Count > 0))
        {
            yield return "T1";
        }

        if (model.Services.Any(s => s.Kind == ServiceKind.Container))
        {
            yield return "T2";
        }
    }
}
