using System.Text.RegularExpressions;

namespace Faultbox.Runtime;

/// <summary>A command line that asks for something impossible; the message is for its author.</summary>
public sealed class UsageException : Exception
{
    /// <summary>Creates the error.</summary>
    public UsageException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

/// <summary>Chooses tests by name.</summary>
public static class TestSelection
{
    private const string Prefix = "test_";
    private const string MatrixPrefix = "test_matrix_";

    /// <summary>
    /// Names that a pattern selects, in their given order. A name is selected when it equals the pattern, belongs to the row of a matrix
    /// that the pattern names, matches the regular expression after a leading <c>~</c>, or matches the pattern as a shell glob; the
    /// <c>test_</c> prefix may be left out except in a regular expression.
    /// </summary>
    /// <param name="pattern">The pattern, or null for every name.</param>
    /// <param name="names">All names.</param>
    /// <param name="scenarios">Names of the rows of the matrices.</param>
    /// <exception cref="UsageException">The pattern is malformed or selects nothing.</exception>
    public static IReadOnlyList<string> Select(string? pattern, IReadOnlyList<string> names, IEnumerable<string> scenarios)
    {
        if (pattern is null)
        {
            return names;
        }

        var matcher = MatcherFor(pattern, scenarios);
        List<string> selected = [.. names.Where(matcher)];
        return selected.Count > 0
            ? selected
            : throw new UsageException($"no test matched filter \"{pattern}\" (available: {string.Join(", ", names)})");
    }

    private static Func<string, bool> MatcherFor(string pattern, IEnumerable<string> scenarios)
    {
        if (pattern.StartsWith('~'))
        {
            var regex = Compile(pattern[1..], pattern, "regular expression");
            return name => IsExact(pattern, name) || regex.IsMatch(name);
        }

        Regex? glob = pattern.AsSpan().IndexOfAny("*?[") >= 0 ? Compile(GlobToRegex(pattern), pattern, "glob") : null;
        var row = scenarios.Select(s => MatrixPrefix + s).FirstOrDefault(row => IsExact(pattern, row));
        return name => IsExact(pattern, name)
            || (row is not null && name.StartsWith(row + "_", StringComparison.Ordinal))
            || (glob is not null && (glob.IsMatch(name) || (name.StartsWith(Prefix, StringComparison.Ordinal) && glob.IsMatch(name[Prefix.Length..]))));
    }

    private static bool IsExact(string pattern, string name) => name == pattern || name == Prefix + pattern;

    private static Regex Compile(string expression, string pattern, string kind)
    {
        try
        {
            return new Regex(expression, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new UsageException($"test filter \"{pattern}\" is not a valid {kind}", e);
        }
    }

    private static string GlobToRegex(string glob)
    {
        var regex = new System.Text.StringBuilder("\\A(?:");
        for (var i = 0; i < glob.Length; i++)
        {
            switch (glob[i])
            {
                case '*':
                    regex.Append("[^/]*");
                    break;
                case '?':
                    regex.Append("[^/]");
                    break;
                case '[':
                    i = AppendClass(glob, i, regex);
                    break;
                case '\\' when i + 1 < glob.Length:
                    regex.Append(Regex.Escape(glob[++i].ToString()));
                    break;
                case '\\':
                    throw new UsageException($"test filter \"{glob}\" is not a valid glob: it ends with a backslash");
                default:
                    regex.Append(Regex.Escape(glob[i].ToString()));
                    break;
            }
        }

        return regex.Append(")\\z").ToString();
    }

    private static int AppendClass(string glob, int start, System.Text.StringBuilder regex)
    {
        var i = start + 1;
        var negated = i < glob.Length && glob[i] is '^' or '!';
        if (negated)
        {
            i++;
        }

        regex.Append(negated ? "[^" : "[");
        for (var first = i; i < glob.Length && (glob[i] != ']' || i == first); i++)
        {
            if (glob[i] == '\\' && i + 1 < glob.Length)
            {
                i++;
            }
            else if (glob[i] == '-')
            {
                regex.Append('-');
                continue;
            }

            regex.Append(glob[i] is '\\' or ']' or '[' or '^' or '-' ? "\\" : "").Append(glob[i]);
        }

        if (i >= glob.Length)
        {
            throw new UsageException($"test filter \"{glob}\" is not a valid glob: its character class is not closed");
        }

        regex.Append(']');
        return i;
    }
}
