using System.Text;
using System.Text.RegularExpressions;

namespace Faultbox.Containers;

/// <summary>The patterns of a <c>.dockerignore</c> file; the last one that matches a path or a directory above it decides.</summary>
internal sealed class IgnoreList
{
    private readonly List<(Regex Pattern, bool Ignored)> _patterns = [];

    private IgnoreList(IEnumerable<string> lines)
    {
        foreach (var line in lines.Select(l => l.Trim()).Where(l => l.Length > 0 && l[0] != '#'))
        {
            var negated = line[0] == '!';
            var pattern = line[(negated ? 1 : 0)..].Trim().Trim('/');
            _patterns.Add((new Regex($"^{Translate(pattern)}(/.*)?$", RegexOptions.NonBacktracking), !negated));
        }
    }

    /// <summary>Reads a file; without one nothing is ignored.</summary>
    public static IgnoreList Read(string file) => new(File.Exists(file) ? File.ReadAllLines(file) : []);

    /// <summary>True when a path, relative to the context, stays out of it.</summary>
    public bool Ignores(string path)
    {
        var ignored = false;
        foreach (var (pattern, value) in _patterns)
        {
            ignored = pattern.IsMatch(path) ? value : ignored;
        }

        return ignored;
    }

    private static string Translate(string pattern)
    {
        var result = new StringBuilder();
        for (var i = 0; i < pattern.Length; i++)
        {
            var rest = pattern.AsSpan(i);
            if (rest.StartsWith("**/"))
            {
                result.Append("(.*/)?");
                i += 2;
            }
            else if (rest.StartsWith("**"))
            {
                result.Append(".*");
                i++;
            }
            else
            {
                result.Append(pattern[i] switch { '*' => "[^/]*", '?' => "[^/]", var c => Regex.Escape(c.ToString()) });
            }
        }

        return result.ToString();
    }
}
