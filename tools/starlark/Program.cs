using Starlark;

// Runs plain files, or one line of code.
var names = new Predeclared();
names.Add("json", Value.Of(JsonModule.Value));
names.Add("math", Value.Of(MathModule.Value));
var source = args is ["-e", var code] ? SourceFile.FromText("<code>", code) : new SourceFile(args[0], File.ReadAllBytes(args[0]));
try
{
    CompiledModule.Compile(source, DialectOptions.Extended, names).Execute(new StarlarkThread("main") { Print = Console.Out.WriteLine });
    return 0;
}
catch (SyntaxErrorException e)
{
    Console.Error.WriteLine(e.Message);
}
catch (EvalException e)
{
    Console.Error.WriteLine(e.FormatTraceback());
}

return 1;
