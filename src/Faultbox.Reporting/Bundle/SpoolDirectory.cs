namespace Faultbox.Reporting.Bundle;

/// <summary>A temporary directory for content whose size must be known before it can be packed.</summary>
internal sealed class SpoolDirectory : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("faultbox-bundle-").FullName;

    /// <summary>Writes a file and returns its path.</summary>
    public string Write(string name, Action<Stream> content)
    {
        var path = Path.Combine(_path, name);
        using var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 64 * 1024);
        content(stream);
        return path;
    }

    /// <summary>Removes the directory.</summary>
    public void Dispose() => Directory.Delete(_path, recursive: true);
}
