using System.Runtime.CompilerServices;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Linux.Tests.Documentation;

/// <summary>The table of docs/errnos.md is the one that <c>deny()</c> knows.</summary>
public sealed class ErrnoPageTests
{
    private const string Heading = "| number | name | text in `decision` |\n|---|---|---|\n";

    /// <summary>With FAULTBOX_UPDATE_DOCS=1 the table is written anew.</summary>
    [Fact]
    public void The_published_table_is_what_the_program_knows()
    {
        var file = Path.GetFullPath("../../../docs/errnos.md", Path.GetDirectoryName(Here())!);
        var page = File.ReadAllText(file);
        var introduction = page[..page.IndexOf(Heading, StringComparison.Ordinal)];
        var wanted = introduction + Heading + string.Concat(Errno.All.Select(e => $"| {e.Number} | `{e.Name}` | {e.Message} |\n"));
        if (Environment.GetEnvironmentVariable("FAULTBOX_UPDATE_DOCS") == "1")
        {
            File.WriteAllText(file, wanted);
        }

        Assert.Equal(wanted, File.ReadAllText(file));
    }

    private static string Here([CallerFilePath] string path = "") => path;
}
