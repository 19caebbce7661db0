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
        foreach (var keyword in keywords)
        {
            if (builtin.Keywords.Contains(keyword))
            {
                continue;
            }

            if (builtin.Unsupported.Contains(keyword))
            {
                throw new SpecException($"{label}: {keyword}= is not supported by this version of Faultbox");
            }

            if (builtin.KeywordHints.TryGetValue(keyword, out var hint))
            {
                throw new SpecException($"{label}: unknown keyword argument \"{keyword}\"; {hint}. {Valid(builtin)}");
            }

            if (!builtin.TakesKeywords)
            {
                throw new SpecException(
                    $"{label}: {builtin.UnknownKeyword} \"{keyword}\"{NearestName.Suggestion(keyword, builtin.Keywords).TrimEnd('?')}{End(keyword, builtin)}");
            }
        }
    }

    private static string End(string keyword, BuiltinDeclaration builtin) =>
        (NearestName.Find(keyword, builtin.Keywords) is null ? "; " : "? ") + Valid(builtin);

    private static string Valid(BuiltinDeclaration builtin) =>
        builtin.Keywords.Any() ? $"valid: {string.Join(", ", builtin.Keywords)}" : $"{builtin.Name}() takes no keywords";
}
