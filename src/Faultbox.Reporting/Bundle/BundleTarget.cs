using System.Globalization;

namespace Faultbox.Reporting.Bundle;

/// <summary>
/// The place a bundle will appear at. Until it is complete it lives in a hidden file beside it, whose exclusive creation also reserves
/// the name, so that two runs that end in the same second get different names.
/// </summary>
public sealed class BundleTarget : IDisposable
{
    private readonly FileStream _temporary;
    private bool _published;

    private BundleTarget(string path, FileStream temporary)
    {
        Path = path;
        _temporary = temporary;
    }

    /// <summary>Path of the finished bundle.</summary>
    public string Path { get; }

    /// <summary>Receives the content.</summary>
    internal Stream Content => _temporary;

    /// <summary>A bundle at a path that the user chose; an existing file is replaced. Missing directories are created.</summary>
    /// <exception cref="BundleException">The directory cannot be written.</exception>
    public static BundleTarget At(string path) => Guarded(path, () =>
    {
        CreateParent(path);
        var temporary = HiddenBeside(path, $".{Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}.tmp");
        return new BundleTarget(path, Create(temporary, FileMode.Create));
    });

    /// <summary>A bundle with the default name: <c>run-&lt;time&gt;-&lt;seed&gt;.fb</c>, with <c>-2</c>, <c>-3</c> … when that is taken.</summary>
    /// <param name="directory">Directory; null or empty for the current one.</param>
    /// <param name="started">Start of the run, UTC.</param>
    /// <param name="seed">Run seed.</param>
    /// <exception cref="BundleException">The directory cannot be written.</exception>
    public static BundleTarget Default(string? directory, DateTime started, ulong seed)
    {
        var stem = string.Create(CultureInfo.InvariantCulture, $"run-{started:yyyy-MM-ddTHH-mm-ss}-{seed}");
        var first = System.IO.Path.Combine(directory ?? "", $"{stem}.fb");
        return Guarded(first, () =>
        {
            CreateParent(first);
            for (var number = 1; ; number++)
            {
                var path = number == 1 ? first : System.IO.Path.Combine(directory ?? "", $"{stem}-{number}.fb");
                if (TryReserve(path) is { } target)
                {
                    return target;
                }
            }
        });
    }

    /// <summary>Flushes the content to the disk and gives it its name.</summary>
    internal void Publish()
    {
        _temporary.Flush(flushToDisk: true);
        _temporary.Dispose();
        File.Move(_temporary.Name, Path, overwrite: true);
        _published = true;
    }

    /// <summary>Removes what was written unless it was published.</summary>
    public void Dispose()
    {
        _temporary.Dispose();
        if (!_published)
        {
            File.Delete(_temporary.Name);
        }
    }

    private static BundleTarget? TryReserve(string path)
    {
        if (File.Exists(path))
        {
            return null;
        }

        try
        {
            var target = new BundleTarget(path, Create(HiddenBeside(path, ".tmp"), FileMode.CreateNew));
            if (!File.Exists(path))
            {
                return target;
            }

            target.Dispose();
            return null;
        }
        catch (IOException) when (File.Exists(HiddenBeside(path, ".tmp")))
        {
            return null;
        }
    }

    /// <summary>Bundles may hold private data: they are for their owner alone.</summary>
    private static FileStream Create(string path, FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.Read };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(path, options);
    }

    private static string HiddenBeside(string path, string suffix) =>
        System.IO.Path.Combine(System.IO.Path.GetDirectoryName(path) ?? "", $".{System.IO.Path.GetFileName(path)}{suffix}");

    private static void CreateParent(string path)
    {
        if (System.IO.Path.GetDirectoryName(path) is { Length: > 0 } parent)
        {
            Directory.CreateDirectory(parent);
        }
    }

    private static BundleTarget Guarded(string path, Func<BundleTarget> create)
    {
        try
        {
            return create();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw BundleFiles.CannotWrite(path, e);
        }
    }
}
