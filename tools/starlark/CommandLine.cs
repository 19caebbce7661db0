namespace Starlark.Tool;

/// <summary>What the program was asked to do.</summary>
internal sealed record CommandLine
{
    public const string Usage = """
        usage: starlark [--strict] [--time] [-e CODE | FILE...]
               starlark test [--strict] [--any-error] FILE|FOLDER...

          -e CODE      run CODE
          --strict     the language without extensions
          --time       print how long it took
          test         run self-checking scripts; of a folder, all its .star files
          --any-error  an announced error may have any message

        Without files it reads statements from the terminal, or a program from standard input.
        """;

    public bool Test { get; init; }

    public bool Strict { get; init; }

    public bool Time { get; init; }

    public bool AnyError { get; init; }

    public string? Code { get; init; }

    public IReadOnlyList<string> Files { get; init; } = [];

    public DialectOptions Options => Strict ? DialectOptions.Strict : DialectOptions.Extended;

    /// <summary>Reads the arguments; null when they do not fit.</summary>
    public static CommandLine? Parse(string[] args)
    {
        var command = new CommandLine { Test = args is ["test", ..] };
        var files = new List<string>();
        for (var i = command.Test ? 1 : 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--strict":
                    command = command with { Strict = true };
                    break;
                case "--time":
                    command = command with { Time = true };
                    break;
                case "--any-error" when command.Test:
                    command = command with { AnyError = true };
                    break;
                case "-e" when !command.Test && i + 1 < args.Length:
                    command = command with { Code = args[++i] };
                    break;
                case ['-', _, ..]:
                    return null;
                default:
                    files.Add(args[i]);
                    break;
            }
        }

        var contradicts = command.Code is not null && files.Count > 0;
        return contradicts || (command.Test && files.Count == 0) ? null : command with { Files = files };
    }
}
