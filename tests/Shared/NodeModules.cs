namespace Faultbox.Testing;

/// <summary>The client libraries of Node.js that <c>eng/setup.sh</c> installs.</summary>
internal static class NodeModules
{
    /// <summary>Their directory, for <c>NODE_PATH</c>.</summary>
    public static string Directory { get; } = Path.Combine(Root(), "tests", "drivers", "node_modules");

    private static string Root()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Faultbox.slnx")))
        {
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("the tests run inside the repository");
        }

        return directory;
    }
}
