using Faultbox.Core.Diagnostics;
using Faultbox.Spec.Values;

namespace Faultbox.Spec.Loading;

/// <summary>Finds modules that give the name of a builtin to something of their own.</summary>
internal static class ShadowedNames
{
    /// <summary>One finding per name and module.</summary>
    public static IEnumerable<Diagnostic> Find(IReadOnlyList<LoadedModule> modules) =>
        from module in modules
        from name in module.ShadowedNames
        select new Diagnostic("BUILTIN_SHADOWED", $"{module.Tree.File} gives the name of the builtin {name.Key} to something of its own")
        {
            Position = name.Value.ToCore(),
        };
}
