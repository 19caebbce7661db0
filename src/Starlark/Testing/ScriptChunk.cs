using System.Text;
using Starlark.Syntax;

namespace Starlark.Testing;

/// <summary>A part of a self-checking script that runs on its own; parts are separated by lines <c>---</c>.</summary>
public sealed class ScriptChunk
{
    private ScriptChunk(SourceFile source, int firstLine, bool isEmpty, DialectOptions options, IReadOnlyList<Expectation> expectations)
    {
        (Source, FirstLine, IsEmpty, Options, Expectations) = (source, firstLine, isEmpty, options, expectations);
    }

    /// <summary>Its text, after as many empty lines as put every line where the file has it.</summary>
    public SourceFile Source { get; }

    /// <summary>Line of the file its text begins on, from 1.</summary>
    public int FirstLine { get; }

    /// <summary>True when it holds nothing but comments and space.</summary>
    public bool IsEmpty { get; }

    /// <summary>The dialect it asks for.</summary>
    public DialectOptions Options { get; }

    /// <summary>The errors it says will happen.</summary>
    public IReadOnlyList<Expectation> Expectations { get; }

    /// <summary>True when both lines belong to one statement that goes over several lines.</summary>
    internal bool AreOneStatement(int a, int b)
    {
        var scanner = new Scanner(Source, new ErrorList(Source.Name));
        var first = 0;
        for (var token = scanner.Next(); token.Kind != TokenKind.EndOfFile; token = scanner.Next())
        {
            first = first == 0 ? token.Start.Line : first;
            if (token.Kind != TokenKind.Newline)
            {
                continue;
            }

            if (first <= Math.Min(a, b) && Math.Max(a, b) <= token.Start.Line)
            {
                return true;
            }

            first = 0;
        }

        return false;
    }

    /// <summary>Splits a script. Comments <c># option:name</c> before the first statement of the file hold for all parts, elsewhere for their part.</summary>
    public static IReadOnlyList<ScriptChunk> Split(string name, ReadOnlySpan<byte> script, DialectOptions options)
    {
        var lines = Encoding.UTF8.GetString(script).Split('\n');
        var common = DialectSwitches.Apply(options, lines.TakeWhile(IsComment));
        var chunks = new List<ScriptChunk>();
        var first = 0;
        for (var i = 0; i <= lines.Length; i++)
        {
            if (i == lines.Length || lines[i].Trim() == "---")
            {
                chunks.Add(Of(name, lines[first..i], first, common));
                first = i + 1;
            }
        }

        return chunks;
    }

    private static ScriptChunk Of(string name, string[] lines, int skipped, DialectOptions options)
    {
        var expectations = lines
            .Select((line, index) => Expectation.Read(line, skipped + index + 1))
            .OfType<Expectation>();
        return new ScriptChunk(
            SourceFile.FromText(name, new string('\n', skipped) + string.Join('\n', lines)),
            skipped + 1,
            lines.All(IsComment),
            DialectSwitches.Apply(options, lines),
            Expectation.Group(expectations));
    }

    private static bool IsComment(string line) => line.AsSpan().Trim() is [] or ['#', ..];
}
