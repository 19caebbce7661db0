namespace Faultbox.Linux.Shim;

/// <summary>How a launcher isolates what it starts.</summary>
internal enum IsolationMode
{
    /// <summary>A process namespace with a small first process and a private <c>/proc</c>.</summary>
    Namespace,

    /// <summary>The same inside a user namespace, for callers without privileges.</summary>
    UserNamespace,

    /// <summary>A process group of its own whose orphans stay with the launcher.</summary>
    ProcessGroup,
}
