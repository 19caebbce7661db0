using Faultbox.Cli.Output;
using Faultbox.Reporting.Bundle;

namespace Faultbox.Cli.Inspection;

/// <summary>Shows a bundle: its summary, one entry, or all entries as files.</summary>
internal static class BundleInspection
{
    public static int Run(InspectArguments arguments)
    {
        try
        {
            var bundle = BundleReader.Open(arguments.Bundle);
            if (new ProducerVersion(bundle.Info.ProducerVersion, Product.Version).ReadWarning is { } warning)
            {
                Console.Error.WriteLine(warning);
            }

            return Show(bundle, arguments);
        }
        catch (BundleException e)
        {
            Console.Error.WriteLine($"error: {e.Message}");
            return ExitCode.Error;
        }
    }

    private static int Show(BundleReader bundle, InspectArguments arguments)
    {
        if (arguments.Verify)
        {
            return Verify(bundle);
        }

        if (arguments.ExtractTo is { } directory)
        {
            var count = bundle.Extract(directory);
            Console.Out.WriteLine($"extracted {count} files to {directory}");
            return ExitCode.Success;
        }

        using var output = Console.OpenStandardOutput();
        if (arguments.Entry is { } entry)
        {
            bundle.CopyTo(entry, output);
            return ExitCode.Success;
        }

        var summary = new BundleSummary(bundle);
        if (arguments.Json)
        {
            summary.WriteJson(output);
            return ExitCode.Success;
        }

        foreach (var line in summary.ToLines())
        {
            Console.Out.WriteLine(ForeignText.Printable(line));
        }

        return ExitCode.Success;
    }

    private static int Verify(BundleReader bundle)
    {
        var findings = bundle.Verify();
        foreach (var finding in findings)
        {
            Console.Error.WriteLine($"error: {finding}");
        }

        if (findings.Count == 0)
        {
            Console.Out.WriteLine($"{bundle.Path}: every entry is what the manifest says");
        }

        return findings.Count == 0 ? ExitCode.Success : ExitCode.Error;
    }
}
