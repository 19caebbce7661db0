namespace Faultbox.Runtime.Programs;

/// <summary>An intercepted call of a program and what became of it.</summary>
/// <param name="Name">Kernel name of the call.</param>
/// <param name="ThreadId">Calling thread, as Faultbox sees it.</param>
/// <param name="Decision">The decision, for example <c>deny(input/output error)</c>.</param>
/// <param name="Path">The resolved path, or null.</param>
/// <param name="IsFaulted">True when the decision changed what the program saw.</param>
public readonly record struct ProgramCall(string Name, int ThreadId, string Decision, string? Path, bool IsFaulted);
