using System.Reflection;

namespace Faultbox.Spec.Loading;

/// <summary>The modules that come with the program, loadable as <c>@faultbox/&lt;area&gt;/&lt;name&gt;.star</c>.</summary>
public static class EmbeddedModules
{
    /// <summary>How their names begin.</summary>
    public const string Prefix = "@faultbox/";

    private static readonly Assembly Home = typeof(EmbeddedModules).Assembly;

    /// <summary>Names as <c>load()</c> takes them, in ordinal order.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. Home.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

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
}
