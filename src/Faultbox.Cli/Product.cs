using System.Reflection;

namespace Faultbox.Cli;

/// <summary>Name and version of the program.</summary>
internal static class Product
{
    public const string Name = "faultbox";

    /// <summary>Version without build metadata, for example <c>0.1.0</c>.</summary>
    public static string Version { get; } =
        (typeof(Product).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0").Split('+')[0];

    /// <summary>The one line of <c>--version</c>.</summary>
    public static string VersionLine => $"{Name} {Version}";
}
