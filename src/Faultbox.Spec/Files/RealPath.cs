namespace Faultbox.Spec.Files;

/// <summary>Canonical paths: absolute, without <c>.</c> and <c>..</c>, every symbolic link followed.</summary>
internal static class RealPath
{
    private const int MaximumLinks = 40;

    /// <summary>Canonical form of a path; components that do not exist are kept as written.</summary>
    /// <exception cref="IOException">The links do not end.</exception>
    public static string Of(string path)
    {
        var pending = new Stack<string>();
        Push(pending, Path.GetFullPath(path));
        var current = "/";
        var links = 0;
        while (pending.TryPop(out var component))
        {
            if (component == "..")
            {
                current = Path.GetDirectoryName(current) ?? "/";
                continue;
            }

            var next = Path.Combine(current, component);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                current = next;
                continue;
            }

            if (++links > MaximumLinks)
            {
                throw new IOException("too many levels of symbolic links", FileErrors.LinkLoop);
            }

            current = target.StartsWith('/') ? "/" : current;
            Push(pending, target);
        }

        return current;
    }

    /// <summary>True when a canonical path is a directory or lies inside it.</summary>
    public static bool IsInside(string path, string directory) =>
        path == directory || path.StartsWith(directory.TrimEnd('/') + "/", StringComparison.Ordinal);

    private static void Push(Stack<string> pending, string path)
    {
        var components = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (var i = components.Length - 1; i >= 0; i--)
        {
            if (components[i] != ".")
            {
                pending.Push(components[i]);
            }
        }
    }
}
