using Starlark;

namespace Faultbox.Spec.Values;

/// <summary>A value that a builtin makes: immutable to the specification, truthy unless stated, printed as <c>&lt;kind …&gt;</c>.</summary>
internal abstract class SpecValue : StarlarkObject
{
    /// <inheritdoc/>
    public override bool IsFrozen => true;

    /// <summary>Text between the angle brackets.</summary>
    protected abstract string Description { get; }

    /// <inheritdoc/>
    public override void WriteRepr(ReprWriter w) => w.Write($"<{Description}>");
}
