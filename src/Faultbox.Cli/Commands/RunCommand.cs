using System.CommandLine;
using System.CommandLine.Parsing;
using System.Security.Cryptography;
using Faultbox.Cli.CommandLine;
using Faultbox.Cli.Running;

namespace Faultbox.Cli.Commands;

/// <summary><c>faultbox run [flags] [--] &lt;binary&gt; [args…]</c>.</summary>
internal static class RunCommand
{
    private const string Name = "run";
    private static readonly string[] Valued = ["--fault", "--fs-fault", "--env", "--seed", "--network", "--log-format"];

    public static Command Build()
    {
        var binary = new Argument<string>("binary") { Description = "Program to run; everything after it belongs to it." };
        var arguments = new Argument<string[]>("args") { Arity = ArgumentArity.ZeroOrMore, Description = "Arguments of the program." };
        var fault = Flags.Text("--fault", "SPEC", "SYSCALL=ERRNO:PROB%[:GLOB][:nth=N|after=N|every=N|first=N] or SYSCALL=delay:DURATION:PROB%[:…]; repeatable.");
        var fileFault = Flags.Text("--fs-fault", "SPEC", "The same with a file operation: open, read, write, sync, mkdir, delete, stat; repeatable.");
        var environment = Flags.Text("--env", "KEY=VALUE", "Variable of the program beside those it inherits; repeatable.");
        var seed = Flags.Number("--seed", "N", "Seed of probabilities below 100%; a new one each time without it.");
        var network = Flags.Choice("--network", "none is a network with loopback only (default), host the one of this machine.", "none", "host");
        var logFormat = Flags.Choice("--log-format", "Form of log lines; console on a terminal, json otherwise.", "console", "json");
        var debug = Flags.Switch("--debug", "Log allowed calls too.");
        var command = new Command(Name, "Run one program with system-call faults.")
        {
            binary, arguments, fault, fileFault, environment, seed, network, logFormat, debug,
        };
        command.SetAction(parsed =>
        {
            try
            {
                RefuseUnknownOption(parsed, parsed.GetRequiredValue(binary));
                return new ProgramExecution(new RunArguments(parsed.GetRequiredValue(binary), parsed.GetValue(arguments) ?? [])
                {
                    Faults =
                    [
                        .. (parsed.GetValue(fault) ?? []).Select(FaultGrammar.Parse),
                        .. (parsed.GetValue(fileFault) ?? []).Select(FaultGrammar.ParseFileFault),
                    ],
                    Environment = [.. (parsed.GetValue(environment) ?? []).Select(Variable)],
                    Seed = Flags.Last(parsed, seed) is { } s
                        ? Flags.ParseUnsigned("--seed", s)
                        : BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))) >> 1,
                    SharesNetwork = Flags.Last(parsed, network) == "host",
                    LogFormat = Flags.Last(parsed, logFormat),
                    Debug = parsed.GetValue(debug),
                }).Run();
            }
            catch (UsageException e)
            {
                return UsageErrors.Report(e.Message, command);
            }
        });
        return command;
    }

    /// <summary>Puts <c>--</c> in front of the program, so that its own flags stay its own.</summary>
    public static string[] SeparateProgram(string[] arguments)
    {
        if (arguments is not [Name, ..])
        {
            return arguments;
        }

        for (var i = 1; i < arguments.Length && arguments[i] != "--"; i++)
        {
            if (!arguments[i].StartsWith('-'))
            {
                return [.. arguments[..i], "--", .. arguments[i..]];
            }

            i += Valued.Contains(arguments[i], StringComparer.Ordinal) ? 1 : 0;
        }

        return arguments;
    }

    /// <summary>What looks like an option and stands in front of the program is a mistake, not the program.</summary>
    private static void RefuseUnknownOption(ParseResult parsed, string program)
    {
        var behind = parsed.Tokens.SkipWhile(t => t.Type != TokenType.DoubleDash).Skip(1).FirstOrDefault()?.Value;
        if (program.StartsWith('-') && program != behind)
        {
            throw new UsageException($"unknown option {program}; the program's own options belong behind it, and -- in front of a program named like this");
        }

        if (program.Length == 0)
        {
            throw new UsageException("the name of the program is empty");
        }
    }

    private static string Variable(string pair) => pair.IndexOf('=', StringComparison.Ordinal) > 0
        ? pair
        : throw new UsageException($"--env \"{pair}\": write KEY=VALUE");
}
