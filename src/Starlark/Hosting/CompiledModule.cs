using Starlark.Compiling;
using Starlark.Execution;
using Starlark.Resolving;
using Starlark.Syntax;

namespace Starlark;

/// <summary>A file that was parsed, resolved and compiled, and can be executed any number of times.</summary>
public sealed class CompiledModule
{
    private readonly FunctionCode _code;
    private readonly IReadOnlyList<string> _globals;

    private CompiledModule(SyntaxTree tree, FunctionCode code, IReadOnlyList<string> globals, IReadOnlyList<KeyValuePair<string, SourcePosition>> shadowed)
    {
        (Tree, _code, _globals, ShadowedNames) = (tree, code, globals, shadowed);
        Loads = [.. tree.Statements.OfType<LoadStatement>()];
    }

    /// <summary>The resolved tree.</summary>
    public SyntaxTree Tree { get; }

    /// <summary>Load statements, in order.</summary>
    public IReadOnlyList<LoadStatement> Loads { get; }

    /// <summary>Globals that hide a name of the embedder, with their positions.</summary>
    public IReadOnlyList<KeyValuePair<string, SourcePosition>> ShadowedNames { get; }

    /// <summary>Compiles a file.</summary>
    /// <exception cref="SyntaxErrorException">The file has static errors; it carries all of them, at most 20.</exception>
    public static CompiledModule Compile(SourceFile source, DialectOptions options, Predeclared predeclared)
    {
        var errors = new ErrorList(source.Name);
        var toplevel = Parser.ParseFile(source, errors, options);
        var resolver = Resolver.Resolve(toplevel, errors, options, predeclared);
        errors.ThrowIfAny();
        var code = new Compiler(source.Name, options).Function(toplevel, isToplevel: true);
        return new CompiledModule(
            new SyntaxTree(source.Name, toplevel),
            code,
            resolver.GlobalNames,
            resolver.Shadowed);
    }

    /// <summary>Runs the top-level statements, then freezes everything the module's globals reach.</summary>
    /// <param name="thread">Thread it runs on.</param>
    /// <param name="loader">Finds the modules it loads.</param>
    /// <param name="freeze">False leaves the values mutable: for interactive use, where the next input goes on with them.</param>
    /// <exception cref="EvalException">A statement failed.</exception>
    /// <exception cref="OperationCanceledException">The execution was cancelled.</exception>
    public Module Execute(StarlarkThread thread, ModuleLoader? loader = null, bool freeze = true)
    {
        var values = new Value[_globals.Count];
        var outer = thread.Loader;
        Value result;
        thread.Loader = loader;
        try
        {
            result = new StarlarkFunction(_code, [], [], values).Call(thread, default);
        }
        finally
        {
            thread.Loader = outer;
            foreach (var value in freeze ? values : [])
            {
                FreezeVisitor.Freeze(value);
            }
        }

        // A name that begins with a space is local to the file.
        var exported = new (string, Value)[_globals.Count];
        var count = 0;
        for (var i = 0; i < exported.Length; i++)
        {
            if (_globals[i][0] != ' ' && !values[i].IsUnset)
            {
                exported[count++] = (_globals[i], values[i]);
            }
        }

        return new Module(_code.File, exported[..count]) { Result = result };
    }
}
