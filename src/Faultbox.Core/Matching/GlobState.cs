namespace Faultbox.Core.Matching;

/// <summary>What a state of a glob automaton does with the next character.</summary>
internal enum GlobStateKind
{
    /// <summary>Reads one character of its ranges and moves on.</summary>
    Character,

    /// <summary>Reads any run without <c>/</c>.</summary>
    Star,

    /// <summary>Reads any run.</summary>
    AnyRun,

    /// <summary>Reads whole directory names: any run, left only after a <c>/</c>.</summary>
    Directories,

    /// <summary>Reads nothing: goes on with the next state or with its target.</summary>
    Skip,
}

/// <summary>One state of a glob automaton; the state after the last accepts.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Ranges">Inclusive ranges of a <see cref="GlobStateKind.Character"/>.</param>
/// <param name="Negated">True when characters outside the ranges are read, except <c>/</c>.</param>
/// <param name="Target">Other way out of a <see cref="GlobStateKind.Skip"/>.</param>
internal readonly record struct GlobState(GlobStateKind Kind, (int Low, int High)[]? Ranges = null, bool Negated = false, int Target = 0)
{
    /// <summary>A state that reads exactly one character.</summary>
    public static GlobState Literal(int rune) => new(GlobStateKind.Character, [(rune, rune)]);

    /// <summary>A state that reads one character other than <c>/</c>.</summary>
    public static GlobState AnyCharacter { get; } = new(GlobStateKind.Character, [], Negated: true);

    /// <summary>Tells whether a <see cref="GlobStateKind.Character"/> reads a character.</summary>
    public bool Accepts(int rune)
    {
        var listed = false;
        foreach (var (low, high) in Ranges!)
        {
            listed |= rune >= low && rune <= high;
        }

        return Negated ? !listed && rune != '/' : listed;
    }
}
