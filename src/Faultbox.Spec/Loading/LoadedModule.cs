using Starlark;
using Starlark.Syntax;

namespace Faultbox.Spec.Loading;

/// <summary>A module after it was executed.</summary>
/// <param name="Tree">Its syntax tree.</param>
/// <param name="Module">Its globals.</param>
/// <param name="Imports">Modules it loads, by module string.</param>
internal sealed record LoadedModule(SyntaxTree Tree, Module Module, IReadOnlyDictionary<string, Module> Imports);
