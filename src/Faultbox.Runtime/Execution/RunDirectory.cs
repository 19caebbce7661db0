namespace Faultbox.Runtime.Execution;

/// <summary>
/// The private directory of one run. Its owner holds a lock on a file in it for as long as the process lives, so a directory whose lock is
/// free was left behind by a run that died.
/// </summary>
internal sealed class RunDirectory : IDisposable
{
    private const string LockName = "owner.lock";
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    // Between creating a directory and locking it there is a moment in which it looks abandoned.
    private static readonly TimeSpan Newborn = TimeSpan.FromMinutes(1);

    private readonly FileStream _lock;

    private RunDirectory(string path)
    {
        Path = path;
        Directory.CreateDirectory(path, Private);
        _lock = new FileStream(System.IO.Path.Combine(path, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
    }

    /// <summary>Absolute path.</summary>
    public string Path { get; }

    /// <summary>Directory that holds the runs of this user.</summary>
    public static string Root => System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"faultbox-{UserId()}");

    /// <summary>Creates the directory of a run, removing what dead runs left behind in the same place.</summary>
    public static RunDirectory Create(string root, string runId)
    {
        root = System.IO.Path.GetFullPath(root);
        Directory.CreateDirectory(root, Private);
        Sweep(root);
        return new RunDirectory(System.IO.Path.Combine(root, runId));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _lock.Dispose();
        if (Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }
    }

    private static string UserId()
    {
        const string Label = "Uid:";
        var line = File.ReadLines("/proc/self/status").First(l => l.StartsWith(Label, StringComparison.Ordinal));
        return line[Label.Length..].Split('\t', StringSplitOptions.RemoveEmptyEntries)[0];
    }

    private static void Sweep(string root)
    {
        foreach (var directory in Directory.EnumerateDirectories(root))
        {
            try
            {
                if (IsAbandoned(directory))
                {
                    Directory.Delete(directory, recursive: true);
                }
            }
            catch (DirectoryNotFoundException)
            {
                // Another run that starts now swept it first.
            }
        }
    }

    private static bool IsAbandoned(string directory)
    {
        var lockFile = System.IO.Path.Combine(directory, LockName);
        if (!File.Exists(lockFile))
        {
            return DateTime.UtcNow - Directory.GetCreationTimeUtc(directory) > Newborn;
        }

        try
        {
            using var taken = new FileStream(lockFile, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
