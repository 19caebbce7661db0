namespace Inventory;

/// <summary>Names of the system errors a log file can meet, so that a reply says <c>ENOSPC</c> and not a number.</summary>
internal static class Errno
{
    /// <summary>Whether the exception is how .NET reports a failed file operation.</summary>
    public static bool IsFileFailure(Exception failure) => failure is IOException or UnauthorizedAccessException;

    /// <summary>The errno name behind a failed file operation. An <see cref="IOException"/> carries the errno as its HResult.</summary>
    public static string NameOf(Exception failure) => failure switch
    {
        UnauthorizedAccessException { InnerException: { } inner } => NameOf(inner),
        UnauthorizedAccessException => "EACCES",
        FileNotFoundException or DirectoryNotFoundException => "ENOENT",
        _ => NameOf(failure.HResult),
    };

    private static string NameOf(int errno) => errno switch
    {
        1 => "EPERM",
        5 => "EIO",
        13 => "EACCES",
        27 => "EFBIG",
        28 => "ENOSPC",
        30 => "EROFS",
        122 => "EDQUOT",
        _ => $"E{errno}",
    };
}
