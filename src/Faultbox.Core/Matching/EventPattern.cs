namespace Faultbox.Core.Matching;

/// <summary>
/// A pattern on a field value. Empty matches everything; without <c>*</c> it is compared exactly; with <c>*</c> it is a glob over the
/// whole value, and, when that does not match, a trailing or leading <c>*</c> makes the rest a literal prefix or suffix.
/// </summary>
public sealed class EventPattern
{
    private readonly PathGlob? _glob;

    /// <summary>Compiles a pattern.</summary>
    public EventPattern(string text)
    {
        Text = text;
        _glob = text.Contains('*', StringComparison.Ordinal) ? new PathGlob(text) : null;
    }

    /// <summary>The pattern as written.</summary>
    public string Text { get; }

    /// <summary>Tells whether a value matches.</summary>
    public bool Matches(string value)
    {
        if (_glob is null)
        {
            return Text.Length == 0 || Text == value;
        }

        return _glob.IsMatch(value)
            || (Text.EndsWith('*') ? value.StartsWith(Text[..^1], StringComparison.Ordinal)
                : Text.StartsWith('*') && value.EndsWith(Text[1..], StringComparison.Ordinal));
    }
}
