using System.Text;

namespace Starlark.Tool;

/// <summary>Reads statements from a terminal, runs them, and prints the values of expressions.</summary>
internal sealed class Repl(DialectOptions options, TextReader input, TextWriter output)
{
    private readonly Predeclared _names = new();

    /// <summary>Runs until the input ends.</summary>
    public bool Run()
    {
        StandardModules.AddTo(_names, TimeProvider.System);
        var loader = new FileModules(options, _names);
        while (Read() is { } text)
        {
            ScriptRunner.Reported(() => Execute(text, loader));
            output.Flush();
        }

        output.WriteLine();
        return true;
    }

    private void Execute(string text, FileModules loader)
    {
        // The names bound so far stay unfrozen and visible to what is typed next.
        var dialect = options with { GlobalReassign = true, LoadBindsGlobally = true };
        var compiled = Compile(text, dialect);
        var module = compiled.Execute(new StarlarkThread("<terminal>") { Print = output.WriteLine }, loader.Load, freeze: false);
        foreach (var (name, value) in module.Globals)
        {
            _names.Add(name, value);
        }

        if (!module.Result.IsNone)
        {
            output.WriteLine(module.Result.Repr());
        }
    }

    private CompiledModule Compile(string text, DialectOptions dialect) =>
        CompiledModule.Compile(SourceFile.FromText("<terminal>", text), dialect, _names);

    /// <summary>Reads one statement: a block ends with an empty line, an open bracket or string with its end. Null at the end of input.</summary>
    private string? Read()
    {
        var text = new StringBuilder();
        var prompt = ">>> ";
        while (true)
        {
            output.Write(prompt);
            output.Flush();
            if (input.ReadLine() is not { } line)
            {
                return text.Length > 0 ? text.ToString() : null;
            }

            text.Append(line).Append('\n');
            if (line.Length == 0 || !WantsMore(text.ToString()))
            {
                return text.ToString();
            }

            prompt = "... ";
        }
    }

    private bool WantsMore(string text)
    {
        if (text.Split('\n', 2)[0].TrimEnd().EndsWith(':'))
        {
            return true;
        }

        try
        {
            Compile(text, options);
            return false;
        }
        catch (SyntaxErrorException e)
        {
            // What is wrong at the end may be put right by the next line.
            return e.Errors[^1].Position.Line > text.Count(c => c == '\n') || text.TrimEnd().EndsWith('\\');
        }
    }
}
