using System.Text;
using Faultbox.Reporting.Host;
using Faultbox.Reporting.Json;

namespace Faultbox.Reporting.Bundle;

/// <summary>Writes bundles: content is spooled to a temporary directory, packed beside the target and renamed when complete.</summary>
public static class BundleWriter
{
    /// <summary>Writes a bundle; on failure nothing is left at the target or beside it.</summary>
    /// <exception cref="BundleException">The bundle could not be written.</exception>
    public static void Write(BundleTarget target, BundleContent content)
    {
        try
        {
            using var spool = new SpoolDirectory();
            var entries = Collect(spool, target.Path, content, out var manifest);
            manifest.AddFiles(entries);
            entries.Add(new BundleEntry(BundleNames.Manifest) { Bytes = manifest.ToBytes() });
            BundleArchive.Write(target.Content, BundleEntry.InOrder(entries));
            target.Publish();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw BundleFiles.CannotWrite(target.Path, e);
        }
        finally
        {
            target.Dispose();
        }
    }

    private static List<BundleEntry> Collect(SpoolDirectory spool, string path, BundleContent content, out BundleManifest manifest)
    {
        var spec = SpecTree.Of(content.Run, content.Redactor);
        manifest = new BundleManifest(content, spec);
        List<BundleEntry> entries =
        [
            new(BundleNames.Environment) { Bytes = EnvironmentJson.ToBytes(content.Environment, content.Producer) },
            new(BundleNames.Trace)
            {
                File = spool.Write("trace.json", stream => RunDocument.Write(stream, content.Run, content.Redactor, path)),
            },
            new(BundleNames.ReplayScript)
            {
                Bytes = Encoding.UTF8.GetBytes(ReplayScript.Text(path, content.Producer, content.CreatedAt)),
                Executable = true,
            },
            .. spec.Entries,
            .. ServiceLogs.Entries(spool, content.Run.Outputs, content.Redactor),
        ];
        if (content.Plan is { } plan)
        {
            entries.Add(new BundleEntry(BundleNames.Plan) { Bytes = plan });
        }

        if (content.Lock is { } used)
        {
            entries.Add(new BundleEntry(BundleNames.Lock) { Bytes = used });
        }

        return entries;
    }
}
