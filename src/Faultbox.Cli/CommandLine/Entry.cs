using System.CommandLine;
using Faultbox.Cli.Commands;

namespace Faultbox.Cli.CommandLine;

/// <summary>From the arguments of the process to its exit code.</summary>
internal static class Entry
{
    // A file argument that begins with @ is a file, and -ab is not -a -b.
    private static readonly ParserConfiguration Grammar = new() { ResponseFileTokenReplacer = null, EnablePosixBundling = false };

    public static int Run(string[] args)
    {
        // Answered before the command tree exists: the two questions that scripts ask most.
        if (args is ["--version"] or ["version"])
        {
            Console.Out.WriteLine(Product.VersionLine);
            return ExitCode.Success;
        }

        if (!OperatingSystem.IsLinux())
        {
            Console.Error.WriteLine(
                "error: faultbox needs a Linux kernel: run it inside a Linux virtual machine (Lima on macOS, WSL 2 on Windows) or a Linux CI job.");
            return ExitCode.Error;
        }

        var root = CommandTree.Build();
        if (args.Length == 0)
        {
            Console.Error.WriteLine(Usage.Of(root));
            return ExitCode.Success;
        }

        if (args is ["help", .. var topic])
        {
            args = [.. topic, "--help"];
        }

        try
        {
            args = Strictness.Normalize(args);
        }
        catch (UsageException e)
        {
            return UsageErrors.Report(e.Message, root);
        }

        var parsed = root.Parse(RunCommand.SeparateProgram(args), Grammar);
        var command = parsed.CommandResult.Command;
        if (Usage.AsksForHelp(parsed))
        {
            Console.Out.WriteLine(Usage.Of(command));
            return ExitCode.Success;
        }

        if (UsageErrors.Find(parsed) is { } error)
        {
            return UsageErrors.Report(error, command);
        }

        if (!HasWorkingDirectory())
        {
            Console.Error.WriteLine("error: the current directory does not exist any more: change to one that does, with cd");
            return ExitCode.Error;
        }

        return parsed.Invoke();
    }

    /// <summary>False in a directory that was removed under the shell.</summary>
    private static bool HasWorkingDirectory()
    {
        try
        {
            return Environment.CurrentDirectory.Length > 0;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
