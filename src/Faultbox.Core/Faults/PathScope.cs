using Faultbox.Core.Matching;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Core.Faults;

/// <summary>Path globs of a rule, any of which may match. Each distinct path is matched once.</summary>
/// <param name="globs">Alternatives; at least one.</param>
/// <param name="paths">Table of the interned paths.</param>
internal sealed class PathScope(IReadOnlyList<PathGlob> globs, PathTable paths)
{
    private enum Verdict : byte
    {
        Unknown,
        Outside,
        Inside,
    }

    private Verdict[] _verdicts = new Verdict[64];

    /// <summary>The globs as written.</summary>
    public string Text => string.Join(", ", globs.Select(g => g.Pattern));

    /// <summary>Tells whether an interned path is covered.</summary>
    public bool Covers(int pathId)
    {
        var verdicts = Volatile.Read(ref _verdicts);
        var verdict = pathId < verdicts.Length ? verdicts[pathId] : Verdict.Unknown;
        return verdict == Verdict.Unknown ? Examine(pathId) : verdict == Verdict.Inside;
    }

    private bool Examine(int pathId)
    {
        var path = paths.Text(pathId);
        var inside = globs.Any(g => g.MatchesPath(path));
        var verdicts = _verdicts;
        if (pathId >= verdicts.Length)
        {
            // A verdict lost to a concurrent growth is found again.
            Array.Resize(ref verdicts, Math.Max(pathId + 1, verdicts.Length * 2));
        }

        verdicts[pathId] = inside ? Verdict.Inside : Verdict.Outside;
        Volatile.Write(ref _verdicts, verdicts);
        return inside;
    }
}
