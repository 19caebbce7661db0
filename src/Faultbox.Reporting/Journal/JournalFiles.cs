using System.Globalization;

namespace Faultbox.Reporting.Journal;

/// <summary>Where the parts of a journal lie.</summary>
internal static class JournalFiles
{
    /// <summary>Held locked by the owner for as long as it lives.</summary>
    public const string Lock = "owner.lock";

    /// <summary>What was known at the start.</summary>
    public const string Header = "run.json";

    /// <summary>Captured files, numbered.</summary>
    public const string Captured = "files";

    /// <summary>One line per test that started.</summary>
    public const string Started = "started.ndjson";

    /// <summary>One line per test with a verdict.</summary>
    public const string Rows = "rows.ndjson";

    /// <summary>Directory of all journals of a specification.</summary>
    public static string RunsOf(string specDirectory) => Path.Combine(specDirectory, ".faultbox", "runs");

    /// <summary>Events of one started test, one line each.</summary>
    public static string Events(int number) => string.Create(CultureInfo.InvariantCulture, $"events-{number}.ndjson");

    /// <summary>Content of one captured file.</summary>
    public static string CapturedFile(string directory, int number) =>
        Path.Combine(directory, Captured, number.ToString(CultureInfo.InvariantCulture));

    /// <summary>Takes the lock of a journal; null when its owner lives or there is none.</summary>
    public static FileStream? TryLock(string directory)
    {
        try
        {
            return new FileStream(Path.Combine(directory, Lock), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
