using System.Diagnostics;
using Starlark;

// Times what no script can time: a call from the host, and one formatting operation. One line for each: name, nanoseconds, bytes allocated.
var predicate = Function("predicate = lambda event: event > 3", "predicate");
var format = Function("format = lambda i: \"%s-%d\" % (\"item\", i)", "format");
var thread = new StarlarkThread("bench");
Report("host_to_lambda", predicate);
Report("percent_format", format);

void Report(string name, Value function)
{
    const int Calls = 200_000;
    const int Rounds = 25;
    var best = double.MaxValue;
    var allocated = 0L;
    for (var round = 0; round < Rounds; round++)
    {
        var bytes = GC.GetAllocatedBytesForCurrentThread();
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < Calls; i++)
        {
            thread.Call(function, Value.Of(i));
        }

        best = Math.Min(best, Stopwatch.GetElapsedTime(started).TotalNanoseconds / Calls);
        allocated = (GC.GetAllocatedBytesForCurrentThread() - bytes) / Calls;
    }

    Console.WriteLine($"{name} {best:0.0} {allocated}");
}

static Value Function(string source, string name)
{
    var module = CompiledModule.Compile(SourceFile.FromText("bench.star", source), DialectOptions.Extended, new Predeclared()).Execute(new StarlarkThread("load"));
    return module.TryGet(name, out var function) ? function : throw new InvalidOperationException(name);
}
