using System.Text;
using System.Text.RegularExpressions;
using Faultbox.Spec.Facts;
using Starlark.Syntax;

namespace Faultbox.Spec.Testing;

/// <summary>The source text of what assertions check, found by the position of the call.</summary>
internal sealed partial class AssertedExpressions
{
    private readonly Dictionary<Core.SourcePosition, Expression> _arguments = [];
    private readonly IReadOnlyDictionary<string, string[]> _lines;

    /// <summary>Indexes calls.</summary>
    /// <param name="calls">Every call of the specification.</param>
    /// <param name="lines">Lines of every file.</param>
    public AssertedExpressions(IReadOnlyList<CallSite> calls, IReadOnlyDictionary<string, string[]> lines)
    {
        _lines = lines;
        foreach (var (call, module) in calls)
        {
            if (call.Callee is NameExpression { Name: "assert_true" or "assert_eq" } && call.Arguments is [var first, ..])
            {
                _arguments[new Core.SourcePosition(module.Tree.File, call.Start.Line, call.Start.Column)] = first.Value;
            }
        }
    }

    /// <summary>Text of the first argument of the call that starts at a position, on one line; null when there is none.</summary>
    public string? At(Core.SourcePosition position) =>
        _arguments.TryGetValue(position, out var expression) && _lines.TryGetValue(position.File, out var lines)
            ? Whitespace().Replace(Cut(lines, expression.Start, expression.End), " ")
            : null;

    private static string Cut(string[] lines, TextPosition start, TextPosition end)
    {
        var text = new StringBuilder();
        for (var line = start.Line; line <= end.Line && line <= lines.Length; line++)
        {
            var runes = lines[line - 1].EnumerateRunes();
            var from = line == start.Line ? start.Column - 1 : 0;
            var to = line == end.Line ? end.Column - 1 : int.MaxValue;
            foreach (var rune in runes.Skip(from).Take(to - from))
            {
                text.Append(rune);
            }

            text.Append(line < end.Line ? "\n" : "");
        }

        return text.ToString();
    }

    [GeneratedRegex("\\s*\\n\\s*", RegexOptions.CultureInvariant)]
    private static partial Regex Whitespace();
}
