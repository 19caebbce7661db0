namespace Faultbox.Core.Matching;

/// <summary>
/// A pattern on one part of a protocol message. Without <c>*</c> it is the text itself, upper and lower case alike. With <c>*</c> it is a
/// case-sensitive glob in which a <c>*</c> at either end and every <c>**</c> also stand for text with <c>/</c>, an inner <c>*</c> only for
/// text without. An empty pattern matches everything; an unterminated class matches nothing.
/// </summary>
public sealed class MessageGlob
{
    private readonly PathGlob? _strict;
    private readonly PathGlob? _open;

    /// <summary>Compiles a pattern; every text is a pattern.</summary>
    public MessageGlob(string pattern)
    {
        Pattern = pattern;
        if (!pattern.Contains('*', StringComparison.Ordinal))
        {
            return;
        }

        _strict = new PathGlob(pattern);
        var opened = (pattern[0] == '*' ? "*" : "") + pattern + (pattern[^1] == '*' ? "*" : "");
        _open = opened == pattern ? null : new PathGlob(opened);
    }

    /// <summary>The pattern as written.</summary>
    public string Pattern { get; }

    /// <summary>True when the pattern is a text itself.</summary>
    public bool IsLiteral => _strict is null && Pattern.Length > 0;

    /// <summary>True when the pattern covers the text.</summary>
    public bool IsMatch(ReadOnlySpan<char> text)
    {
        if (_strict is null)
        {
            return Pattern.Length == 0 || text.Equals(Pattern, StringComparison.OrdinalIgnoreCase);
        }

        return _strict.IsMatch(text)
            || (_open is not null && _open.IsMatch(text))
            || (Pattern[^1] == '*' && text.StartsWith(Pattern.AsSpan(0, Pattern.Length - 1), StringComparison.Ordinal))
            || (Pattern[0] == '*' && text.EndsWith(Pattern.AsSpan(1), StringComparison.Ordinal));
    }
}
