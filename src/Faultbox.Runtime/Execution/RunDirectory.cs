namespace Faultbox.Runtime.Execution;

/// <summary>
/// The private directory of one run. Its owner holds a lock on a file in it for as long as the process lives, so a directory whose lock is
/// free was left behind by a run that died.
/// </summary>
internal sealed class RunDirectory : IDisposable
{
    private const string LockName = "owner.lock";
    private const string GateName = "gate.lock";
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private static readonly TimeSpan GatePause = TimeSpan.FromMilliseconds(5);

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

        // Between creating a directory and locking it there is a moment in which it looks abandoned: nobody sweeps in it.
        using var gate = EnterGate(root);
        Sweep(root);
        return new RunDirectory(System.IO.Path.Combine(root, runId));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _lock.Dispose();
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // A run that starts now swept it first.
        }
    }

    /// <summary>Takes the lock of a root; whoever holds it makes or sweeps a directory and is done, or dies and frees it.</summary>
    private static FileStream EnterGate(string root)
    {
        var path = System.IO.Path.Combine(root, GateName);
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(path))
            {
                Thread.Sleep(GatePause);
            }
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
            return true;
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
