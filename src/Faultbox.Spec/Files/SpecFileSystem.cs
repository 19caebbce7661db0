using System.Globalization;
using Faultbox.Core.Verdicts;
using Starlark;

namespace Faultbox.Spec.Files;

/// <summary>Finds and reads the files a specification names, under the rules that all of its readers share.</summary>
internal sealed class SpecFileSystem
{
    private const long DefaultMaximumBytes = 50 * 1024 * 1024;
    private const string MaximumVariable = "FAULTBOX_LOAD_FILE_MAX_BYTES";
    private const string HermeticVariable = "FAULTBOX_HERMETIC";

    private static readonly SizeLimit SourceLimit = new(DefaultMaximumBytes, "a module may have");

    private readonly string _realBase;
    private readonly SizeLimit _dataLimit;
    private readonly bool _hermetic;

    /// <summary>Creates the file system of one specification.</summary>
    /// <param name="baseDirectory">Absolute directory of the root specification.</param>
    /// <param name="environment">Reads an environment variable.</param>
    public SpecFileSystem(string baseDirectory, Func<string, string?> environment)
    {
        BaseDirectory = baseDirectory;
        _realBase = RealPath.Of(baseDirectory);
        _hermetic = environment(HermeticVariable) == "1";
        _dataLimit = long.TryParse(environment(MaximumVariable), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) && bytes > 0
            ? new SizeLimit(bytes, $"{MaximumVariable} allows")
            : new SizeLimit(DefaultMaximumBytes, $"{MaximumVariable} allows");
    }

    /// <summary>Absolute directory of the root specification.</summary>
    public string BaseDirectory { get; }

    /// <summary>Every file read so far.</summary>
    public CapturedFiles Captured { get; } = [];

    /// <summary>Finds a file named in a specification.</summary>
    /// <param name="builtin">Builtin that reads it, for messages.</param>
    /// <param name="path">Path as written.</param>
    /// <param name="loadingDirectory">Directory of the file that names it.</param>
    /// <exception cref="SpecException">The path is not allowed or names no file.</exception>
    public LocatedFile Locate(string builtin, string path, string loadingDirectory)
    {
        if (path.Contains("://", StringComparison.Ordinal))
        {
            throw Failure(builtin, path, "network schemes are not supported; name a file");
        }

        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
        {
            throw Failure(builtin, path, "is not a path of a file");
        }

        if (Path.IsPathRooted(path))
        {
            return Checked(builtin, path, Path.GetFullPath(path), null);
        }

        var besideRoot = Path.GetFullPath(path, BaseDirectory);
        var besideFile = Path.GetFullPath(path, loadingDirectory);
        var rootHasIt = Path.Exists(besideRoot);
        var other = besideFile != besideRoot && Path.Exists(besideFile) ? besideFile : null;
        return rootHasIt || other is null
            ? Checked(builtin, path, besideRoot, rootHasIt ? other : null, loadingDirectory)
            : Checked(builtin, path, other, null);
    }

    /// <summary>Reads and captures the root specification.</summary>
    /// <param name="path">Path as the user typed it.</param>
    /// <exception cref="SpecException">The file cannot be read; the message says why and nothing else.</exception>
    public byte[] ReadRoot(string path)
    {
        var absolute = Path.GetFullPath(path);
        if (Directory.Exists(absolute))
        {
            throw new SpecException("is a directory");
        }

        return Read(absolute, path, SourceLimit);
    }

    /// <summary>Reads and captures a located module.</summary>
    /// <exception cref="SpecException">The file cannot be read.</exception>
    public byte[] ReadModule(LocatedFile file) => Read("load", file, SourceLimit);

    /// <summary>Reads and captures a located file of data.</summary>
    /// <exception cref="SpecException">The file cannot be read.</exception>
    public byte[] ReadData(string builtin, LocatedFile file) => Read(builtin, file, _dataLimit);

    private byte[] Read(string builtin, LocatedFile file, SizeLimit limit)
    {
        try
        {
            return Read(file.AbsolutePath, file.PathAsWritten, limit);
        }
        catch (SpecException e)
        {
            throw Failure(builtin, file.PathAsWritten, e.Message);
        }
    }

    private byte[] Read(string absolutePath, string pathAsWritten, SizeLimit limit)
    {
        try
        {
            using var stream = new FileStream(absolutePath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (stream.CanSeek)
            {
                limit.Check(stream.Length);
            }

            var content = ReadAll(stream, limit);
            Captured.Add(new CapturedFile(absolutePath, pathAsWritten, content));
            return content;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SpecException(FileErrors.Describe(e));
        }
    }

    /// <summary>The name of a file in positions and tracebacks: relative to the base directory.</summary>
    public string DisplayName(string absolutePath) => Path.GetRelativePath(BaseDirectory, absolutePath);

    private static SpecException Failure(string builtin, string path, string why) => new($"{builtin}({Value.Of(path).Repr()}): {why}");

    private LocatedFile Checked(string builtin, string path, string absolute, string? alternative, string? alsoLookedIn = null)
    {
        if (Directory.Exists(absolute))
        {
            throw Failure(builtin, path, "is a directory, not a file");
        }

        if (!File.Exists(absolute))
        {
            throw Failure(builtin, path, $"no such file or directory (looked for {LookedFor(absolute, path, alsoLookedIn)})");
        }

        var real = ResolveLinks(builtin, path, absolute);
        if (_hermetic && !RealPath.IsInside(real, _realBase))
        {
            throw Failure(builtin, path, $"lies at {real}, and {HermeticVariable}=1 allows files inside {_realBase} only");
        }

        return new LocatedFile(absolute, real, path, alternative is not null && ResolveLinks(builtin, path, alternative) != real ? alternative : null);
    }

    private static string LookedFor(string absolute, string path, string? alsoLookedIn)
    {
        var second = alsoLookedIn is null ? absolute : Path.GetFullPath(path, alsoLookedIn);
        return second == absolute ? absolute : $"{absolute} and {second}";
    }

    private static string ResolveLinks(string builtin, string path, string absolute)
    {
        try
        {
            return RealPath.Of(absolute);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failure(builtin, path, FileErrors.Describe(e));
        }
    }

    private static byte[] ReadAll(FileStream stream, SizeLimit limit)
    {
        // Devices and files that grow tell their length late or never.
        using var content = new MemoryStream();
        var buffer = new byte[64 * 1024];
        for (int count; (count = stream.Read(buffer)) > 0;)
        {
            content.Write(buffer, 0, count);
            limit.Check(content.Length);
        }

        return content.ToArray();
    }

    /// <summary>How large a file may be.</summary>
    /// <param name="Bytes">Most bytes.</param>
    /// <param name="Source">What sets the limit, for messages.</param>
    private readonly record struct SizeLimit(long Bytes, string Source)
    {
        public void Check(long length)
        {
            if (length > Bytes)
            {
                throw new SpecException(string.Create(
                    CultureInfo.InvariantCulture, $"the file has {length} bytes, more than {Source} ({Bytes})"));
            }
        }
    }
}
