using System.Globalization;

namespace Faultbox.Protocols.Grpc;

/// <summary>Status codes of gRPC (the status code page of the gRPC documentation).</summary>
internal static class GrpcStatus
{
    /// <summary>Unknown.</summary>
    public const int Unknown = 2;

    /// <summary>The deadline passed.</summary>
    public const int DeadlineExceeded = 4;

    /// <summary>Permission denied.</summary>
    public const int PermissionDenied = 7;

    /// <summary>Unimplemented.</summary>
    public const int Unimplemented = 12;

    /// <summary>Internal.</summary>
    public const int Internal = 13;

    /// <summary>Unavailable.</summary>
    public const int Unavailable = 14;

    /// <summary>Unauthenticated.</summary>
    public const int Unauthenticated = 16;

    private static readonly string[] Names =
    [
        "OK", "Canceled", "Unknown", "InvalidArgument", "DeadlineExceeded", "NotFound", "AlreadyExists", "PermissionDenied", "ResourceExhausted",
        "FailedPrecondition", "Aborted", "OutOfRange", "Unimplemented", "Internal", "Unavailable", "DataLoss", "Unauthenticated",
    ];

    /// <summary>Name of a code as messages show it, for example <c>Unavailable</c>; <c>Code(n)</c> for a code that is not defined.</summary>
    public static string NameOf(int code) =>
        code >= 0 && code < Names.Length ? Names[code] : string.Create(CultureInfo.InvariantCulture, $"Code({code})");

    /// <summary>All names, in the order of their codes.</summary>
    public static IReadOnlyList<string> All => Names;

    /// <summary>Reads a number, or a name such as <c>Unavailable</c>, <c>UNAVAILABLE</c> or <c>FAILED_PRECONDITION</c>.</summary>
    public static bool TryParse(string text, out int code)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out code))
        {
            return code < Names.Length;
        }

        var plain = text.Replace("_", "", StringComparison.Ordinal);
        plain = plain.Equals("cancelled", StringComparison.OrdinalIgnoreCase) ? "Canceled" : plain;
        code = Array.FindIndex(Names, n => n.Equals(plain, StringComparison.OrdinalIgnoreCase));
        return code >= 0;
    }

    /// <summary>The status that an HTTP status stands for when there is no gRPC status.</summary>
    public static int OfHttp(int status) => status switch
    {
        400 => Internal,
        401 => Unauthenticated,
        403 => PermissionDenied,
        404 => Unimplemented,
        429 or 502 or 503 or 504 => Unavailable,
        _ => Unknown,
    };

    /// <summary>The status that a reset of the stream stands for.</summary>
    public static int OfReset(Http2.Codec.Http2Error code) => code switch
    {
        Http2.Codec.Http2Error.RefusedStream => Unavailable,
        Http2.Codec.Http2Error.Cancel => 1,
        Http2.Codec.Http2Error.EnhanceYourCalm => 8,
        Http2.Codec.Http2Error.InadequateSecurity => PermissionDenied,
        _ => Internal,
    };
}
