using Faultbox.Runtime;
using Faultbox.Spec.Execution;
using Faultbox.Spec.Properties;
using Starlark;

namespace Faultbox.Spec.Registry;

/// <summary>A builtin as the language calls it: checks keywords and phase, binds, and turns errors of the engine into errors of the language.</summary>
internal sealed class SpecBuiltin(BuiltinDeclaration declaration) : StarlarkCallable
{
    private readonly Signature _signature = Signatures.Of(declaration);

    /// <inheritdoc/>
    public override string Name => declaration.Name;

    /// <summary>What it is.</summary>
    public BuiltinDeclaration Declaration => declaration;

    /// <inheritdoc/>
    public override Value Call(StarlarkThread thread, in Arguments args)
    {
        try
        {
            var label = LabelOf(args.Positional);
            KeywordRule.Check(declaration, label, args.Names);
            var scope = SpecScope.Of(thread);
            SandboxGuard.Check(thread, scope, declaration);
            CheckPhase(scope);
            CheckPositional(args.Positional.Length);
            var bound = _signature.Bind(args);
            Signatures.RequireAll(declaration, label, bound);
            return declaration.Implementation(new BuiltinCall(declaration, label, thread, scope, bound));
        }
        catch (EvalException e) when (e.Builtin is null && e.Frames.Count == 0)
        {
            e.Builtin = declaration.Name;
            throw;
        }
        catch (SpecException e)
        {
            throw new EvalException(e.Message) { Builtin = declaration.Name, Code = e.Code };
        }
        catch (SessionException e)
        {
            throw new EvalException(e.Message) { Builtin = declaration.Name };
        }
    }

    private string LabelOf(ReadOnlySpan<Value> positional) =>
        declaration.IsLabelled && positional.Length > 0 && positional[0].TryGetString(out var name)
            ? $"{declaration.Name}(\"{name}\")"
            : $"{declaration.Name}()";

    private void CheckPositional(int count)
    {
        if (count > 0 && declaration.PositionalHint is { } hint)
        {
            throw new SpecException($"{declaration.Name}() takes keywords only; {hint}");
        }
    }

    private void CheckPhase(SpecScope scope)
    {
        switch (declaration.Phase)
        {
            case CallPhase.Load when !scope.IsLoading:
                throw new SpecException($"{declaration.Name}() declares a part of the plan; declare it at module level");
            case CallPhase.Run when scope.IsLoading:
                throw new SpecException($"{declaration.Name}() may only be called while a test runs");
            case CallPhase.Body when scope.Kind != ScopeKind.Body:
                throw new SpecException($"{declaration.Name}() may only be called inside a test body");
        }

        if (scope.Session is { IsOver: true } && !scope.Observes)
        {
            throw new SpecException("leaf is over");
        }
    }
}
