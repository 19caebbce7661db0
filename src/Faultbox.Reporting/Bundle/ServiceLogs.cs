using System.Text;
using Faultbox.Core.Verdicts;
using Faultbox.Reporting.Redaction;

namespace Faultbox.Reporting.Bundle;

/// <summary>Captured output of services as it is stored: whole, or the beginning and the end with a mark where the middle was cut.</summary>
internal static class ServiceLogs
{
    private const int Head = 1 << 20;
    private const int Tail = 7 << 20;

    /// <summary>Entries of all services, both streams each.</summary>
    public static IEnumerable<BundleEntry> Entries(SpoolDirectory spool, IEnumerable<ServiceOutput> outputs, Redactor redactor)
    {
        var number = 0;
        foreach (var output in outputs)
        {
            var stem = BundleNames.Services + FileName(output.Service);
            yield return Entry(spool, $"{stem}.stdout", output.StandardOutputFile, redactor, number++);
            yield return Entry(spool, $"{stem}.stderr", output.StandardErrorFile, redactor, number++);
        }
    }

    private static BundleEntry Entry(SpoolDirectory spool, string name, string source, Redactor redactor, int number)
    {
        if (!File.Exists(source))
        {
            return new BundleEntry(name);
        }

        var bytes = redactor.Bytes(Read(source));
        return new BundleEntry(name) { File = spool.Write($"log-{number}", stream => stream.Write(bytes)) };
    }

    private static byte[] Read(string source)
    {
        using var file = new FileStream(source, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var length = file.Length;
        if (length <= Head + Tail)
        {
            var whole = new byte[length];
            file.ReadExactly(whole);
            return whole;
        }

        var mark = Encoding.UTF8.GetBytes($"\n=== {length - Head - Tail} bytes cut here ===\n");
        var cut = new byte[Head + mark.Length + Tail];
        file.ReadExactly(cut.AsSpan(0, Head));
        mark.CopyTo(cut.AsSpan(Head));
        file.Position = length - Tail;
        file.ReadExactly(cut.AsSpan(Head + mark.Length));
        return cut;
    }

    private static string FileName(string service) => service.Replace('/', '_').Replace('\0', '_');
}
