using Faultbox.Spec.Execution;
using Faultbox.Spec.Loading;
using Starlark;

namespace Faultbox.Spec.Properties;

/// <summary>What a specification wrote about a monitor.</summary>
/// <param name="Name">Name.</param>
/// <param name="On">Events that are its business.</param>
/// <param name="InitialState">State at the start of each test.</param>
/// <param name="Update">Makes the next state, or null.</param>
/// <param name="Check">Judges the state, or null.</param>
/// <param name="Registry">The specification.</param>
internal sealed record MonitorCode(
    string Name, EventCondition On, Value InitialState, StarlarkCallable? Update, StarlarkCallable? Check, SpecRegistry Registry)
{
    /// <summary>Lock of the body that declared it; null at module level.</summary>
    public SpecLock? Lock { get; init; }

    /// <summary>What must be held while its callables run: nothing when they can only reach frozen values.</summary>
    public SpecLock? NeededLock => Callables.All(c => c.IsFrozen) ? null : Lock;

    private IEnumerable<StarlarkCallable> Callables => new[] { On.Callable, Update, Check }.OfType<StarlarkCallable>();

    /// <summary>Makes sure that callables and state are frozen with the specification, even when no global holds them.</summary>
    public void KeepReachable()
    {
        Registry.Keep(InitialState);
        foreach (var callable in Callables)
        {
            Registry.Keep(Value.Of(callable));
        }
    }
}
