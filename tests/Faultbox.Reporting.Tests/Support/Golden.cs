using System.Runtime.CompilerServices;

namespace Faultbox.Reporting.Tests.Support;

/// <summary>Compares text with a file that is under version control; FAULTBOX_UPDATE_GOLDEN=1 rewrites the file instead.</summary>
internal static class Golden
{
    public static void Matches(string name, string actual)
    {
        if (Environment.GetEnvironmentVariable("FAULTBOX_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(Path.Combine(SourceDirectory(), "..", "Golden", name), actual);
            return;
        }

        Assert.Equal(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", name)), actual);
    }

    private static string SourceDirectory([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
