using System.Globalization;

namespace Faultbox.Core.Proxying;

/// <summary>A place in a body: a number of bytes from its beginning, or a share of its length.</summary>
/// <param name="Bytes">Bytes; null for a share.</param>
/// <param name="Share">Share of the length, from 0 to below 1.</param>
public readonly record struct BodyPoint(long? Bytes, double Share)
{
    /// <summary>The place in a body of a length.</summary>
    public long In(long length) => Bytes ?? (long)(Share * length);

    /// <summary>As a specification writes it: <c>100</c> or <c>"50%"</c>.</summary>
    public override string ToString() => Bytes is { } bytes
        ? bytes.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"\"{Math.Round(Share * 100, 6)}%\"");
}
