using System.Text.RegularExpressions;
using Faultbox.Core.Topology;

namespace Faultbox.Spec.Values;

/// <summary>
/// Texts that stand for the proxy of an interface until its address is known: <c>__FB_PROXY_ADDR_&lt;service&gt;__&lt;interface&gt;__</c> and
/// the same with <c>HOST</c>, <c>PORT</c> and <c>CA</c>.
/// </summary>
internal static partial class Placeholders
{
    private const string Start = "__FB_PROXY_";

    /// <summary>The placeholder of an interface.</summary>
    /// <param name="kind"><c>ADDR</c>, <c>HOST</c>, <c>PORT</c> or <c>CA</c>.</param>
    /// <param name="target">The interface.</param>
    public static string For(string kind, InterfaceAddress target) => $"{Start}{kind}_{target.Service}__{target.Interface}__";

    /// <summary>Puts addresses in the place of every placeholder.</summary>
    /// <param name="text">Text with any number of placeholders.</param>
    /// <param name="targets">Declared interfaces.</param>
    /// <param name="addressOf"><c>host:port</c> of an interface.</param>
    /// <param name="certificateFile">Path of the run's certificate; null when it is not known.</param>
    public static string Resolve(
        string text, IEnumerable<InterfaceAddress> targets, Func<InterfaceAddress, string> addressOf, string? certificateFile = null)
    {
        if (!text.Contains(Start, StringComparison.Ordinal))
        {
            return text;
        }

        foreach (var target in targets)
        {
            var address = addressOf(target);
            var colon = address.LastIndexOf(':');
            text = text
                .Replace(For("ADDR", target), address, StringComparison.Ordinal)
                .Replace(For("HOST", target), address[..colon], StringComparison.Ordinal)
                .Replace(For("PORT", target), address[(colon + 1)..], StringComparison.Ordinal);
            text = certificateFile is null ? text : text.Replace(For("CA", target), certificateFile, StringComparison.Ordinal);
        }

        return text;
    }

    /// <summary>The interface whose proxy a text is the address of, in one piece or as host and port; null for any other text.</summary>
    public static InterfaceAddress? AddressedBy(string text, IEnumerable<InterfaceAddress> targets)
    {
        foreach (var target in targets)
        {
            if (text == For("ADDR", target) || text == $"{For("HOST", target)}:{For("PORT", target)}")
            {
                return target;
            }
        }

        return null;
    }

    /// <summary>The first piece of a placeholder that a string operation has cut, or null.</summary>
    public static string? FindPiece(string text, IEnumerable<InterfaceAddress> targets)
    {
        foreach (var target in targets)
        {
            foreach (var kind in (ReadOnlySpan<string>)["ADDR", "HOST", "PORT", "CA"])
            {
                text = text.Replace(For(kind, target), "", StringComparison.Ordinal);
            }
        }

        var piece = Piece().Match(text);
        return piece.Success ? piece.Value : null;
    }

    [GeneratedRegex("_*FB_PROXY_[A-Za-z0-9_]*|_*fb_proxy_[a-z0-9_]*", RegexOptions.CultureInvariant)]
    private static partial Regex Piece();
}
