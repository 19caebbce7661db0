using Faultbox.Protocols;
using Faultbox.Spec.Topology;
using Starlark;

namespace Faultbox.Spec.Values;

/// <summary>A step of an interface, such as <c>api.web.get</c>: calling it talks to the service.</summary>
internal sealed class StepMethodValue(InterfaceRefValue target, StepMethod method) : StarlarkCallable
{
    /// <summary>The interface.</summary>
    public InterfaceRefValue Target => target;

    /// <summary>The method.</summary>
    public StepMethod Method => method;

    /// <inheritdoc/>
    public override string Name => method.Name;

    /// <inheritdoc/>
    public override string TypeName => "step_method";

    /// <inheritdoc/>
    public override bool IsFrozen => true;

    /// <inheritdoc/>
    public override void WriteRepr(ReprWriter w) => w.Write($"<step_method {target.Address}.{method.Name}>");

    /// <inheritdoc/>
    public override Value Call(StarlarkThread thread, in Arguments args)
    {
        try
        {
            return StepCalls.Run(thread, $"{target.Address}.{method.Name}()", this, args);
        }
        catch (SpecException e)
        {
            throw new EvalException(e.Message) { Builtin = method.Name, Code = e.Code };
        }
        catch (Runtime.SessionException e)
        {
            throw new EvalException(e.Message) { Builtin = method.Name };
        }
    }
}
