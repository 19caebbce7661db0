using System.Globalization;

namespace Faultbox.Protocols.Http2.Codec;

/// <summary>Error codes as specifications write them: <c>"CANCEL"</c>, <c>"INTERNAL_ERROR"</c>, <c>"INTERNAL"</c>, or the number.</summary>
internal static class Http2ErrorName
{
    /// <summary>Names as in RFC 9113, in the order of their numbers.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        "NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED", "FRAME_SIZE_ERROR",
        "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
    ];

    /// <summary>Code of a name or number, upper and lower case alike, with or without <c>_ERROR</c>; null when there is none.</summary>
    public static Http2Error? Parse(string? text)
    {
        if (uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return number < All.Count ? (Http2Error)number : null;
        }

        for (var i = 0; i < All.Count && text is not null; i++)
        {
            if (All[i].Equals(text, StringComparison.OrdinalIgnoreCase) || All[i].Equals($"{text}_ERROR", StringComparison.OrdinalIgnoreCase))
            {
                return (Http2Error)i;
            }
        }

        return null;
    }
}
