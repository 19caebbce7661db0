using System.Reflection;
using Faultbox.Core.Matching;

namespace Faultbox.Spec.Loading;

/// <summary>The modules that come with the program, loadable as <c>@faultbox/&lt;area&gt;/&lt;name&gt;.star</c>.</summary>
public static class EmbeddedModules
{
    /// <summary>How their names begin.</summary>
    public const string Prefix = "@faultbox/";

    private const string Extension = ".star";

    private static readonly Assembly Home = typeof(EmbeddedModules).Assembly;

    /// <summary>Names as <c>load()</c> takes them, in ordinal order.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. Home.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    /// <summary>The module that a wrong name probably means: the one whose path or whose last part is nearest; null when none is near.</summary>
    public static string? Nearest(string name)
    {
        var path = PathOf(name);
        var near = NearestName.Find(path, Names.Select(PathOf)) ?? NearestName.Find(Path.GetFileName(path), Names.Select(n => Path.GetFileName(PathOf(n))));
        return near is null ? null : Names.First(n => PathOf(n) == near || Path.GetFileName(PathOf(n)) == near);
    }

    /// <summary>Source of a module as UTF-8, or null when there is none of that name.</summary>
    public static byte[]? TryRead(string name)
    {
        using var stream = name.StartsWith(Prefix, StringComparison.Ordinal) ? Home.GetManifestResourceStream(name) : null;
        if (stream is null)
        {
            return null;
        }

        var source = new byte[stream.Length];
        stream.ReadExactly(source);
        return source;
    }

    private static string PathOf(string module)
    {
        var path = module.StartsWith(Prefix, StringComparison.Ordinal) ? module[Prefix.Length..] : module;
        return path.EndsWith(Extension, StringComparison.Ordinal) ? path[..^Extension.Length] : path;
    }
}
