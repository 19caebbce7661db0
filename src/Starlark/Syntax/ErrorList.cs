namespace Starlark.Syntax;

/// <summary>Collects the static errors of one file; at most one per position.</summary>
internal sealed class ErrorList(string file)
{
    private Dictionary<TextPosition, SyntaxError>? _errors;

    public int Count => _errors?.Count ?? 0;

    public bool IsEmpty => _errors is null;

    public string File => file;

    public void Add(TextPosition at, string message) =>
        (_errors ??= []).TryAdd(at, new SyntaxError(new SourcePosition(file, at.Line, at.Column), message));

    public void ThrowIfAny()
    {
        if (_errors is not null)
        {
            throw new SyntaxErrorException(_errors.Values);
        }
    }
}
