namespace Faultbox.Containers;

/// <summary>Reads image references such as <c>registry:5000/team/app:1.2</c> or <c>app@sha256:…</c>.</summary>
public static class ImageReference
{
    /// <summary>True when the tag is <c>local</c>, which no registry is asked for.</summary>
    public static bool IsLocal(string reference) => Tag(reference) == "local";

    /// <summary>What <c>POST /images/create</c> is asked for: name, and tag or digest.</summary>
    internal static (string Name, string Tag) Split(string reference)
    {
        var at = reference.IndexOf('@');
        if (at >= 0)
        {
            return (reference[..at], reference[(at + 1)..]);
        }

        return Tag(reference) is { } tag ? (reference[..^(tag.Length + 1)], tag) : (reference, "latest");
    }

    /// <summary>The tag; null when there is none. A colon before the last slash belongs to a registry's port.</summary>
    private static string? Tag(string reference)
    {
        var colon = reference.LastIndexOf(':');
        return colon > reference.LastIndexOf('/') && !reference.Contains('@') ? reference[(colon + 1)..] : null;
    }
}
