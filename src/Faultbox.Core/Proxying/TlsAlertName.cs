using System.Globalization;

namespace Faultbox.Core.Proxying;

/// <summary>The names of TLS alerts (RFC 8446 section 6 and, for those that only earlier versions send, RFC 5246 section 7.2).</summary>
public static class TlsAlertName
{
    private static readonly (byte Code, string Name)[] Known =
    [
        (0, "close_notify"),
        (10, "unexpected_message"),
        (20, "bad_record_mac"),
        (22, "record_overflow"),
        (30, "decompression_failure"),
        (40, "handshake_failure"),
        (42, "bad_certificate"),
        (43, "unsupported_certificate"),
        (44, "certificate_revoked"),
        (45, "certificate_expired"),
        (46, "certificate_unknown"),
        (47, "illegal_parameter"),
        (48, "unknown_ca"),
        (49, "access_denied"),
        (50, "decode_error"),
        (51, "decrypt_error"),
        (70, "protocol_version"),
        (71, "insufficient_security"),
        (80, "internal_error"),
        (86, "inappropriate_fallback"),
        (90, "user_canceled"),
        (100, "no_renegotiation"),
        (109, "missing_extension"),
        (110, "unsupported_extension"),
        (112, "unrecognized_name"),
        (113, "bad_certificate_status_response"),
        (115, "unknown_psk_identity"),
        (116, "certificate_required"),
        (120, "no_application_protocol"),
    ];

    /// <summary>Every name, in the order of the codes.</summary>
    public static IEnumerable<string> All => Known.Select(k => k.Name);

    /// <summary>The name of a code; its number when it has none.</summary>
    public static string Of(byte code) =>
        Array.Find(Known, k => k.Code == code) is { Name: { } name } ? name : code.ToString(CultureInfo.InvariantCulture);

    /// <summary>The code of a name; null when there is none of it.</summary>
    public static byte? CodeOf(string name) => Array.Find(Known, k => k.Name == name) is { Name: not null } known ? known.Code : null;
}
