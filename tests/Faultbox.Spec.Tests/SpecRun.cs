using Faultbox.Core.Diagnostics;
using Faultbox.Core.Events;
using Faultbox.Core.Verdicts;
using Faultbox.Runtime;

namespace Faultbox.Spec.Tests;

/// <summary>Loads a specification and runs its tests for real.</summary>
internal static class SpecRun
{
    /// <summary>Declares <c>db</c>, a line server with the interface <c>main</c>.</summary>
    public static string LineService(string variable = "db", string more = "")
    {
        var port = FreePort.Next();
        return $"{variable} = service(\"{variable}\", \"{ServerPrograms.LineServer}\", interface(\"main\", \"tcp\", {port}), "
            + $"args = [\"{port}\"], healthcheck = tcp(\"localhost:{port}\"){more})\n";
    }

    /// <summary>Declares <c>web</c>, an HTTP server with the interface <c>main</c>.</summary>
    public static string WebService(string more = "")
    {
        var port = FreePort.Next();
        return $"web = service(\"web\", \"{ServerPrograms.WebServer}\", interface(\"main\", \"http\", {port}), "
            + $"args = [\"{port}\"], healthcheck = ready(){more})\n";
    }

    public static SuiteResult All(string spec)
    {
        var model = SpecDirectory.Model(spec);
        var directory = Directory.CreateTempSubdirectory("faultbox-run-").FullName;
        try
        {
            using var runner = new SuiteRunner(model, new RunOptions { Seed = 7, RunDirectory = directory }, new SilentObserver());
            return runner.Run(CancellationToken.None);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Runs a specification with one test.</summary>
    public static TestResult One(string spec) => Assert.Single(All(spec).Tests);

    /// <summary>Runs a body without services.</summary>
    public static TestResult Body(string body) => One("def test_x():\n" + Indented(body));

    /// <summary>The reason of a body that fails.</summary>
    public static string ReasonOf(string body)
    {
        var test = Body(body);
        Assert.Equal(Result.Fail, test.Result);
        return test.Reason!;
    }

    public static string Indented(string body) => string.Concat(body.Split('\n').Select(l => l.Length == 0 ? "\n" : $"    {l}\n"));

    private sealed class SilentObserver : IRunObserver
    {
        public void TestStarting(string name, int? run)
        {
        }

        public void TestFinished(TestResult result)
        {
        }

        public void Waiting(string service, string check, TimeSpan elapsed, TimeSpan limit, string? lastCause)
        {
        }

        public void ServiceOutput(string service, bool standardError, ReadOnlySpan<byte> line)
        {
        }

        public void Printed(string test, string line)
        {
        }

        public void Log(RunLogLevel level, string component, string message, IReadOnlyList<EventField> fields)
        {
        }

        public void Diagnostic(Diagnostic diagnostic)
        {
        }

        public void FilterLearned(string service, IReadOnlyCollection<string> syscalls)
        {
        }
    }
}
