using Faultbox.Runtime;
using Faultbox.Spec.Loading;

namespace Faultbox.Spec.Tests;

/// <summary>A directory with the files of one specification, removed when it is disposed.</summary>
internal sealed class SpecDirectory : IDisposable
{
    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal);

    public SpecDirectory()
    {
        Path = Directory.CreateTempSubdirectory("faultbox-spec-").FullName;
    }

    public string Path { get; }

    public static SpecLoadResult LoadText(string root)
    {
        using var directory = new SpecDirectory();
        return directory.With("shop.star", root).Load();
    }

    public static SpecModel Model(string root)
    {
        var result = LoadText(root);
        Assert.True(result.Succeeded, result.Error?.Message);
        return result.Model;
    }

    public static SpecLoadError Error(string root)
    {
        var result = LoadText(root);
        Assert.False(result.Succeeded);
        return result.Error;
    }

    public SpecDirectory With(string name, string content)
    {
        var path = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return this;
    }

    public SpecDirectory WithBytes(string name, byte[] content)
    {
        File.WriteAllBytes(System.IO.Path.Combine(Path, name), content);
        return this;
    }

    public SpecDirectory WithVariable(string name, string value)
    {
        _environment[name] = value;
        return this;
    }

    public SpecLoadResult Load(string root = "shop.star") => LoadUntil(CancellationToken.None, root);

    public SpecLoadResult LoadUntil(CancellationToken cancellation, string root = "shop.star") =>
        SpecLoader.Load(new SpecLoadOptions(System.IO.Path.Combine(Path, root))
        {
            Environment = _environment.GetValueOrDefault,
            Cancellation = cancellation,
        });

    /// <summary>The message of a failed load, with the directory taken out.</summary>
    public string LoadError(string root = "shop.star")
    {
        var result = Load(root);
        Assert.False(result.Succeeded);
        return result.Error.Message.Replace(Path + "/", "", StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
