using System.Runtime.CompilerServices;
using Faultbox.Spec.Documentation;

namespace Faultbox.Spec.Tests.Documentation;

public sealed class ReferenceTests
{
    /// <summary>With FAULTBOX_UPDATE_DOCS=1 the file is written anew.</summary>
    [Fact]
    public void The_published_reference_is_what_the_declarations_say()
    {
        var file = Path.Combine(Root(), "docs", "spec-reference.md");
        if (Environment.GetEnvironmentVariable("FAULTBOX_UPDATE_DOCS") == "1")
        {
            File.WriteAllText(file, SpecReference.Write());
        }

        Assert.Equal(SpecReference.Write(), File.ReadAllText(file));
    }

    private static string Root([CallerFilePath] string here = "") => Path.GetFullPath("../../..", Path.GetDirectoryName(here)!);
}
