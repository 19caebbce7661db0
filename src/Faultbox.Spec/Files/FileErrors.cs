namespace Faultbox.Spec.Files;

/// <summary>The words for failures of reading a file.</summary>
internal static class FileErrors
{
    /// <summary>ELOOP, which the platform hands through as it is.</summary>
    public const int LinkLoop = 40;

    /// <summary>What went wrong, in the words of the operating system.</summary>
    public static string Describe(Exception error) => error switch
    {
        FileNotFoundException or DirectoryNotFoundException => "no such file or directory",
        PathTooLongException => "the path is too long",
        UnauthorizedAccessException => "permission denied",
        IOException { HResult: LinkLoop } => "too many levels of symbolic links",
        _ => "input/output error",
    };
}
