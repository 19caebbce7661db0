namespace Faultbox.Reporting.Bundle;

/// <summary>Messages about bundle files that the operating system refuses.</summary>
internal static class BundleFiles
{
    public static BundleException CannotWrite(string path, Exception cause) =>
        new($"{path}: cannot write the bundle: {Cause(path, cause)}; choose another place with --bundle or FAULTBOX_BUNDLE_DIR", cause);

    public static BundleException CannotRead(string path, Exception cause) =>
        new($"{path}: cannot read the bundle: {Cause(path, cause)}", cause);

    private static string Cause(string path, Exception cause) => cause switch
    {
        UnauthorizedAccessException => Directory.Exists(path) ? "it is a directory" : "permission denied",
        FileNotFoundException or DirectoryNotFoundException => "no such file",
        PathTooLongException => "the path is too long",
        IOException when IsDiskFull(cause) => "no space left on device",
        _ => "input/output error",
    };

    /// <summary>The operating system's code for a full disk, as the runtime hands it on.</summary>
    private static bool IsDiskFull(Exception cause) => (cause.HResult & 0xFFFF) == 28;
}
