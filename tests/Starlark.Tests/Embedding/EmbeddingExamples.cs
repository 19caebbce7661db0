namespace Starlark.Tests.Embedding;

/// <summary>The examples of <c>src/Starlark/README.md</c>, run as tests; the guide quotes them from here.</summary>
public sealed class EmbeddingExamples
{
    [Fact]
    public void Running_a_script()
    {
        var names = new Predeclared();
        StandardModules.AddTo(names, TimeProvider.System);

        var source = SourceFile.FromText("greet.star", """
            def greet(name):
                return "hello, " + name

            answer = 6 * 7
            """);
        var compiled = CompiledModule.Compile(source, DialectOptions.Extended, names);
        var module = compiled.Execute(new StarlarkThread("main"));

        module.TryGet("answer", out var answer);
        module.TryGet("greet", out var greet);
        var greeting = new StarlarkThread("caller").Call(greet, Value.Of("world"));

        Assert.Equal("42", answer.ToString());
        Assert.Equal("hello, world", greeting.ToString());
    }

    [Fact]
    public void A_builtin_of_the_host()
    {
        var signature = new Signature("send", Parameter.Required("target"), Parameter.Optional("retries"));
        var send = new StarlarkBuiltin(signature, (thread, args) =>
        {
            var target = args.Text(0);
            var retries = args.Int64(1, missing: 3);
            return Value.Of($"{thread.Name} sends to {target}, {retries} retries");
        });

        var names = new Predeclared();
        names.Add("send", Value.Of(send));

        Assert.Equal("main sends to db, 3 retries", Run("result = send('db')", names).ToString());
        Assert.Equal("main sends to db, 5 retries", Run("result = send(target = 'db', retries = 5)", names).ToString());

        var error = Assert.Throws<EvalException>(() => Run("send('db', retires = 5)", names));
        Assert.Contains("did you mean retries?", error.Message);
    }

    /// <summary>A value of the host: an address with two attributes and a hash.</summary>
    private sealed class Address(string host, int port) : StarlarkObject
    {
        public override string TypeName => "address";

        public override IEnumerable<string> AttributeNames => ["host", "port"];

        public override bool TryGetAttribute(string name, out Value value)
        {
            value = name switch
            {
                "host" => Value.Of(host),
                "port" => Value.Of(port),
                _ => default,
            };
            return !value.IsUnset;
        }

        public override void WriteRepr(ReprWriter w) => w.Write($"<address {host}:{port}>");

        public override bool TryHash(out int h)
        {
            h = HashCode.Combine(host, port);
            return true;
        }
    }

    [Fact]
    public void A_value_type_of_the_host()
    {
        var names = new Predeclared();
        names.Add("db", Value.Of(new Address("localhost", 5432)));

        Assert.Equal("localhost:5432", Run("result = '%s:%d' % (db.host, db.port)", names).ToString());
        Assert.Equal("<address localhost:5432>", Run("result = db", names).ToString());

        var error = Assert.Throws<EvalException>(() => Run("db.prot", names));
        Assert.Equal("address has no .prot attribute (did you mean .port?)", error.Message);
    }

    [Fact]
    public void Callbacks_on_other_threads()
    {
        var module = Execute("""
            allowed = ["a", "b"]

            def accept(name):
                return name in allowed
            """);
        module.TryGet("accept", out var accept);

        // Everything a module's globals reach is frozen, so that any number of threads may call it at once;
        // each operating system thread brings a StarlarkThread of its own.
        var accepted = 0;
        Parallel.For(0, 100, i =>
        {
            var thread = new StarlarkThread($"callback-{i}") { MaxSteps = 1_000_000 };
            if (thread.Call(accept, Value.Of(i % 2 == 0 ? "a" : "x")).Truth)
            {
                Interlocked.Increment(ref accepted);
            }
        });

        Assert.True(accept.Object!.IsFrozen);
        Assert.Equal(50, accepted);
    }

    [Fact]
    public void Limits_and_cancellation()
    {
        Execute("""
            def forever():
                while True:
                    pass
            """).TryGet("forever", out var forever);

        var limited = new StarlarkThread("limited") { MaxSteps = 10_000 };
        var error = Assert.Throws<EvalException>(() => limited.Call(forever));
        Assert.Equal("too many steps: the limit is 10000", error.Message);

        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        var cancellable = new StarlarkThread("cancellable") { CancellationToken = stop.Token };
        Assert.Throws<OperationCanceledException>(() => cancellable.Call(forever));
    }

    [Fact]
    public void Errors_and_tracebacks()
    {
        var error = Assert.Throws<EvalException>(() => Execute("""
            def divide(a, b):
                return a // b

            divide(1, 0)
            """));

        Assert.Equal("floored division by zero", error.Message);
        Assert.Equal(("example.star", 2, "divide"), (error.Frames[^1].File, error.Frames[^1].Line, error.Frames[^1].Name));
        Assert.Equal(
            """
            Traceback (most recent call last):
              example.star:4:1: in <toplevel>
              example.star:2:14: in divide
            Error: floored division by zero
            """,
            error.FormatTraceback());

        var broken = Assert.Throws<SyntaxErrorException>(() => Execute("x = \nif y:"));
        Assert.Equal(1, broken.Errors[0].Position.Line);
    }

    [Fact]
    public void Freezing()
    {
        var module = Execute("""
            seen = []

            def note(x):
                seen.append(x)
            """);
        module.TryGet("note", out var note);

        var error = Assert.Throws<EvalException>(() => new StarlarkThread("later").Call(note, Value.Of(1)));
        Assert.Equal("cannot append to frozen list", error.Message);

        // A value that the host made is frozen by the host.
        var list = new StarlarkList([Value.Of(1), Value.Of(2)]);
        FreezeVisitor.Freeze(Value.Of(list));
        Assert.True(list.IsFrozen);
    }

    private static Module Execute(string text) => CompiledModule
        .Compile(SourceFile.FromText("example.star", text), DialectOptions.Extended, new Predeclared())
        .Execute(new StarlarkThread("main"));

    private static Value Run(string text, Predeclared names)
    {
        var module = CompiledModule.Compile(SourceFile.FromText("example.star", text), DialectOptions.Extended, names).Execute(new StarlarkThread("main"));
        module.TryGet("result", out var result);
        return result;
    }
}
