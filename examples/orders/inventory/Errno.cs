namespace Inventory;

/// <summary>Names for the system errors a log can meet, so that a client sees <c>ENOSPC</c> and not a number.</summary>
internal static class Errno
{
    /// <summary>The errno name behind a failed file operation. .NET keeps the raw errno in <see cref="Exception.HResult"/>.</summary>
    public static string NameOf(Exception failure) => failure switch
    {
        UnauthorizedAccessException => "EACCES",
        _ => failure.HResult switch
        {
            2 => "ENOENT",
            4 => "EINTR",
            5 => "EIO",
            11 => "EAGAIN",
            12 => "ENOMEM",
            27 => "EFBIG",
            28 => "ENOSPC",
            30 => "EROFS",
            122 => "EDQUOT",
            _ => "EIO",
        },
    };
}
