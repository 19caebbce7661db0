using Faultbox.Core.Faults;

namespace Faultbox.Spec.Values;

/// <summary>The value of <c>op()</c>: a group of system calls, optionally limited to paths.</summary>
/// <param name="operation">What it stands for.</param>
internal sealed class OpValue(SyscallOperation operation) : SpecValue
{
    /// <summary>What it stands for.</summary>
    public SyscallOperation Operation => operation;

    /// <inheritdoc/>
    public override string TypeName => "op";

    /// <inheritdoc/>
    protected override string Description =>
        $"op {string.Join(",", operation.Syscalls)}" + (operation.Path is { } path ? $" path={path}" : "");
}
