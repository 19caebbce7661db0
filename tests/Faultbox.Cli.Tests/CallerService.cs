namespace Faultbox.Cli.Tests;

/// <summary>A workspace with the caller program and the lines of a specification that declare it.</summary>
internal sealed class CallerService : IDisposable
{
    public CallerService(string compiler = "gcc", params string[] options)
    {
        Space = new Workspace();
        Space.Compile("Programs/caller.c", compiler, options);
    }

    public Workspace Space { get; }

    public int Port { get; } = Workspace.NewPort();

    /// <summary>Declares the service <c>c</c>; <c>send(line)</c> is short for a step.</summary>
    public string Declaration(string more = "") => $$"""
        c = service("c", "./caller", interface("main", "tcp", {{Port}}), args = ["{{Port}}"], env = {"DATA": "{{Space.File("data.wal")}}"},
            healthcheck = tcp("localhost:{{Port}}"){{more}})
        def send(line):
            return c.main.send(data = line)

        """;

    public Execution Run(string body, string more = "") => Space.Test(Declaration(more) + body);

    public void Dispose() => Space.Dispose();
}
