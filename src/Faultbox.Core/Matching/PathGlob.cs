using System.Buffers;
using System.Text;

namespace Faultbox.Core.Matching;

/// <summary>
/// A path pattern: <c>*</c> any run without <c>/</c>, <c>**</c> any run, <c>?</c> one character other than <c>/</c>, <c>[…]</c> a class,
/// <c>\</c> escapes. <c>a/**/b</c> matches <c>a/b</c>, and a trailing <c>/**</c> also matches the directory itself. An empty pattern
/// matches everything, an unterminated one nothing. Matching follows all alternatives at once, in time linear in the text.
/// </summary>
public sealed class PathGlob
{
    private readonly GlobState[]? _states;
    private readonly string _prefix;

    /// <summary>Compiles a pattern; every text is a pattern.</summary>
    public PathGlob(string pattern)
    {
        Pattern = pattern;
        MatchesEverything = pattern.Length == 0;
        _states = GlobCompiler.Compile(pattern);
        _prefix = PrefixOf(pattern);
    }

    /// <summary>Why a pattern could never be meant as written, with what to write instead; null when there is nothing wrong with it.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="subject">What the pattern is matched with, such as "path".</param>
    public static string? ProblemOf(string pattern, string subject)
    {
        if (pattern.Length == 0)
        {
            return $"an empty pattern restricts nothing; leave it out to cover every {subject}, or write a pattern such as \"*\"";
        }

        if (GlobCompiler.Compile(pattern) is not null)
        {
            return GlobCompiler.BackwardRangeOf(pattern) is { } range
                ? $"the range {range} in a class ends before it begins and stands for no character; write the lower end first"
                : null;
        }

        var backslashes = pattern.Length - pattern.AsSpan().TrimEnd('\\').Length;
        return backslashes % 2 == 1
            ? @"the \ at its end escapes nothing and the pattern would match nothing; write \\ for the character itself"
            : @"the class that [ begins has no ] and the pattern would match nothing; close it, or write \[ for the character itself";
    }

    /// <summary>The fewest characters of a text that a pattern could match; 0 for a pattern that matches nothing.</summary>
    public static int ShortestMatchOf(string pattern)
    {
        var states = GlobCompiler.Compile(pattern) ?? [];
        var characters = 0;
        for (var index = 0; index < states.Length; index++)
        {
            switch (states[index].Kind)
            {
                case GlobStateKind.Character:
                    characters++;
                    break;
                case GlobStateKind.Skip:
                    index = states[index].Target - 1;
                    break;
            }
        }

        return characters;
    }

    /// <summary>The pattern as written.</summary>
    public string Pattern { get; }

    /// <summary>True for the empty pattern.</summary>
    public bool MatchesEverything { get; }

    /// <summary>
    /// True when the pattern matches the path, or the path's parent directory written with a trailing <c>/</c>: <c>/srv/q/</c> covers
    /// the files directly in it.
    /// </summary>
    public bool MatchesPath(ReadOnlySpan<char> path)
    {
        var parent = path[..(path.LastIndexOf('/') + 1)];
        return IsMatch(path) || (!parent.IsEmpty && IsMatch(parent));
    }

    /// <summary>True when the pattern matches the whole text.</summary>
    public bool IsMatch(ReadOnlySpan<char> text)
    {
        if (MatchesEverything || _states is null)
        {
            return MatchesEverything;
        }

        if (!text.StartsWith(_prefix, StringComparison.Ordinal))
        {
            return false;
        }

        var words = (_states.Length / 64) + 1;
        Span<ulong> active = words <= 8 ? stackalloc ulong[words] : new ulong[words];
        Span<ulong> next = words <= 8 ? stackalloc ulong[words] : new ulong[words];
        active.Clear();
        Enter(active, 0);
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out var rune, out var consumed) != OperationStatus.Done)
            {
                rune = Rune.ReplacementChar;
            }

            text = text[consumed..];
            next.Clear();
            if (!Step(active, next, rune.Value))
            {
                return false;
            }

            var swap = active;
            active = next;
            next = swap;
        }

        return Contains(active, _states.Length);
    }

    /// <inheritdoc/>
    public override string ToString() => Pattern;

    /// <summary>
    /// What every matching text begins with, so that most others are told by one comparison. A <c>/</c> before <c>**</c> may be absent, and
    /// from the surrogates on a character may stand for others.
    /// </summary>
    private static string PrefixOf(string pattern)
    {
        var length = 0;
        while (length < pattern.Length && pattern[length] is not ('*' or '?' or '[' or '\\') and < '\ud800')
        {
            length++;
        }

        return length == pattern.Length ? pattern : pattern[..length].TrimEnd('/');
    }

    private bool Step(ReadOnlySpan<ulong> active, Span<ulong> next, int rune)
    {
        var alive = false;
        for (var word = 0; word < active.Length; word++)
        {
            for (var bits = active[word]; bits != 0; bits &= bits - 1)
            {
                var index = (word * 64) + System.Numerics.BitOperations.TrailingZeroCount(bits);
                if (index < _states!.Length)
                {
                    alive |= Step(next, index, rune);
                }
            }
        }

        return alive;
    }

    private bool Step(Span<ulong> next, int index, int rune)
    {
        var state = _states![index];
        switch (state.Kind)
        {
            case GlobStateKind.Star when rune != '/':
            case GlobStateKind.AnyRun:
                Enter(next, index);
                return true;
            case GlobStateKind.Directories:
                Enter(next, index);
                if (rune == '/')
                {
                    Enter(next, index + 1);
                }

                return true;
            case GlobStateKind.Character when state.Accepts(rune):
                Enter(next, index + 1);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Activates a state and all that are reachable from it without reading a character.</summary>
    private void Enter(Span<ulong> set, int index)
    {
        while (!Contains(set, index))
        {
            set[index >> 6] |= 1UL << (index & 63);
            if (index == _states!.Length)
            {
                return;
            }

            var state = _states[index];
            switch (state.Kind)
            {
                case GlobStateKind.Star or GlobStateKind.AnyRun:
                    index++;
                    break;
                case GlobStateKind.Skip:
                    Enter(set, state.Target);
                    index++;
                    break;
                default:
                    return;
            }
        }
    }

    private static bool Contains(ReadOnlySpan<ulong> set, int index) => (set[index >> 6] & (1UL << (index & 63))) != 0;
}
