namespace Starlark.Testing;

/// <summary>Counts the checks of a script and keeps those that failed.</summary>
internal sealed class CheckRecorder
{
    private readonly List<ScriptFailure> _failures = [];

    public int Passed { get; private set; }

    public IReadOnlyList<ScriptFailure> Failures => _failures;

    public int Total => Passed + _failures.Count;

    public void Pass() => Passed++;

    public void Fail(SourcePosition position, string message) => _failures.Add(new ScriptFailure(position, message));

    public void Check(StarlarkThread thread, bool holds, string message)
    {
        if (holds)
        {
            Pass();
        }
        else
        {
            Fail(thread.CallerPosition, message);
        }
    }
}
