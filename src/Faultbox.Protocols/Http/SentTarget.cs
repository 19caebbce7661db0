using System.Buffers;
using System.Globalization;
using System.Text;

namespace Faultbox.Protocols.Http;

/// <summary>
/// The target that a request asks for: the path as a specification writes it, dot segments, doubled slashes and percent-encoding included.
/// </summary>
internal static class SentTarget
{
    private static readonly SearchValues<byte> Sent = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?[]@!$&'()*+,;=%"u8);

    /// <summary>The target of a path: what no target may contain is percent-encoded, and a fragment, which is not for services, is left out.</summary>
    public static string Of(string path)
    {
        var end = path.IndexOf('#', StringComparison.Ordinal);
        var bytes = Encoding.UTF8.GetBytes(end < 0 ? path : path[..end]);
        if (!bytes.AsSpan().ContainsAnyExcept(Sent))
        {
            return Encoding.ASCII.GetString(bytes);
        }

        var target = new StringBuilder(bytes.Length + 16);
        foreach (var value in bytes)
        {
            if (Sent.Contains(value))
            {
                target.Append((char)value);
            }
            else
            {
                target.Append(CultureInfo.InvariantCulture, $"%{value:X2}");
            }
        }

        return target.ToString();
    }
}
