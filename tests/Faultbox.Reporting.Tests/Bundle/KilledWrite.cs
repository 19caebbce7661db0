using Faultbox.Reporting.Bundle;
using Faultbox.Reporting.Tests.Support;

namespace Faultbox.Reporting.Tests.Bundle;

/// <summary>The part of a process that is killed while it writes a bundle.</summary>
internal static class KilledWrite
{
    public static void Play(string directory)
    {
        var content = Sample.Bundle();
        var target = BundleTarget.At(Path.Combine(directory, "new.fb"));
        BundleWriter.Write(target, content with { Run = content.Run with { Rows = [new ProbeRow(ChildProcess.AwaitTheEnd)] } });
    }
}
