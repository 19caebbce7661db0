using Starlark;
using Starlark.Syntax;

namespace Faultbox.Spec.Loading;

/// <summary>A module after it was executed.</summary>
/// <param name="Compiled">What was executed.</param>
/// <param name="Module">Its globals.</param>
/// <param name="Imports">Modules it loads, by module string.</param>
internal sealed record LoadedModule(CompiledModule Compiled, Module Module, IReadOnlyDictionary<string, Module> Imports)
{
    /// <summary>Its syntax tree.</summary>
    public SyntaxTree Tree => Compiled.Tree;

    /// <summary>Its globals that have the name of a builtin.</summary>
    public IReadOnlyList<KeyValuePair<string, SourcePosition>> ShadowedNames => Compiled.ShadowedNames;
}
