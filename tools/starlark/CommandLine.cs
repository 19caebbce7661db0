namespace Starlark.Tool;

/// <summary>What the program was asked to do.</summary>
internal sealed record CommandLine
{
    public const string Usage = """
        usage: starlark [--strict] [--time] [-e CODE... | FILE...]
               starlark test [--strict] [--any-error] FILE|FOLDER...

          -e CODE      run CODE; given several times, the lines of one program
          --strict     the language without extensions; in test, without set too
          --time       print how long it took
          test         run self-checking scripts; of a folder, all its .star files
          --any-error  an announced error may have any message

        Without files it reads statements from the terminal, or a program from standard input, which the file - stands for.
        """;

    public bool Test { get; init; }

    public bool Strict { get; init; }

    public bool Time { get; init; }

    public bool AnyError { get; init; }

    public string? Code { get; init; }

    public IReadOnlyList<string> Files { get; init; } = [];

    public DialectOptions Options => Strict ? DialectOptions.Strict : DialectOptions.Extended;

    /// <summary>Reads the arguments.</summary>
    /// <exception cref="UsageException">They do not fit; the message says which and why.</exception>
    public static CommandLine Parse(string[] args)
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
                case "--time" when !command.Test:
                    command = command with { Time = true };
                    break;
                case "--any-error" when command.Test:
                    command = command with { AnyError = true };
                    break;
                case "-e" when !command.Test:
                    i++;
                    var code = i < args.Length ? args[i] : throw new UsageException("-e needs the code to run");
                    command = command with { Code = command.Code is null ? code : $"{command.Code}\n{code}" };
                    break;
                case ['-', _, ..]:
                    throw new UsageException($"unknown option {args[i]}{(command.Test ? " of test" : "")}");
                default:
                    files.Add(args[i]);
                    break;
            }
        }

        if (command.Test && files.Count == 0)
        {
            throw new UsageException("test needs a file or folder");
        }

        return command.Code is null || files.Count == 0 ? command with { Files = files } : throw new UsageException($"-e runs code, not the file {files[0]} as well");
    }
}
