using System.Diagnostics;
using Starlark;
using Starlark.Tool;

if (args.Contains("--help") || args.Contains("-h"))
{
    Console.WriteLine(CommandLine.Usage);
    return 0;
}

CommandLine command;
try
{
    command = CommandLine.Parse(args);
}
catch (UsageException e)
{
    Console.Error.WriteLine($"{e.Message}\n{CommandLine.Usage}");
    return 2;
}

using var output = new StreamWriter(Console.OpenStandardOutput(), new System.Text.UTF8Encoding(false)) { AutoFlush = !Console.IsOutputRedirected };
var scripts = new ScriptRunner(command.Options, output.WriteLine);
var started = Stopwatch.GetTimestamp();
var succeeded = command switch
{
    { Test: true } => new TestCommand(command, output).Run(),
    { Code: { } code } => scripts.Run(SourceFile.FromText("<code>", code)),
    { Files: [] } when !Console.IsInputRedirected => new Repl(command.Options, Console.In, output).Run(),
    { Files: [] } => scripts.RunFile("-"),
    _ => command.Files.All(scripts.RunFile),
};
output.Flush();
if (command.Time)
{
    Console.Error.WriteLine($"{Stopwatch.GetElapsedTime(started).TotalMilliseconds:0.0} ms");
}

return succeeded ? 0 : 1;
