using Faultbox.Core.Matching;

namespace Faultbox.Spec.Registry;

/// <summary>The rule that no builtin drops a keyword: what it does not know it refuses, before anything else happens.</summary>
internal static class KeywordRule
{
    /// <summary>Checks the keywords of a call.</summary>
    /// <param name="builtin">The builtin.</param>
    /// <param name="label">The builtin with the user's own name, as messages show it.</param>
    /// <param name="keywords">Keywords of the call.</param>
    /// <exception cref="SpecException">A keyword is not known.</exception>
    public static void Check(BuiltinDeclaration builtin, string label, ReadOnlySpan<string> keywords)
    {
        string? unsupported = null;
        foreach (var keyword in keywords)
        {
            if (builtin.Keywords.Contains(keyword))
            {
                continue;
            }

            if (builtin.Unsupported.Contains(keyword))
            {
                unsupported ??= keyword;
            }
            else if (builtin.KeywordHints.TryGetValue(keyword, out var hint))
            {
                throw new SpecException($"{label}: {builtin.UnknownKeyword} \"{keyword}\"; {hint}. {Valid(builtin)}");
            }
            else if (!builtin.TakesKeywords)
            {
                throw new SpecException($"{label}: {builtin.UnknownKeyword} \"{keyword}\"; {Nearest(keyword, builtin)}{Valid(builtin)}");
            }
        }

        // A keyword that nobody knows is the more useful thing to say: it is never right, in any version.
        if (unsupported is not null)
        {
            if (builtin.Excluded.TryGetValue(unsupported, out var excluded) && keywords.Contains(excluded.Keyword))
            {
                throw new SpecException($"{label}: {unsupported}= is not supported with {excluded.Keyword}=: {excluded.Reason}");
            }

            throw new SpecException($"{label}: {unsupported}= is not supported by this version of Faultbox");
        }
    }

    private static string Nearest(string keyword, BuiltinDeclaration builtin)
    {
        var near = NearestName.Find(keyword, builtin.Keywords.Concat(builtin.Unsupported));
        return near is null ? ""
            : builtin.Unsupported.Contains(near) ? $"did you mean \"{near}\", which this version of Faultbox does not support? "
            : $"did you mean \"{near}\"? ";
    }

    private static string Valid(BuiltinDeclaration builtin) =>
        builtin.Keywords.Any() ? $"valid: {string.Join(", ", builtin.Keywords)}" : $"{builtin.Name}() takes no keywords";
}
