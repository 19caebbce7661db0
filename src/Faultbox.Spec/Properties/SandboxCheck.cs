using Faultbox.Core.Diagnostics;
using Faultbox.Spec.Facts;
using Faultbox.Spec.Registry;
using Faultbox.Spec.Values;
using Starlark;
using Starlark.Syntax;

namespace Faultbox.Spec.Properties;

/// <summary>
/// Looks through the code of callbacks that only observe, in every module and through every function they may call, for builtins that act.
/// A lambda may use none that acts or reads the test; a named function may read the test, which is reported.
/// </summary>
internal sealed class SandboxCheck
{
    private const string Unnamed = "<unnamed>";

    private readonly TreeIndex _index;
    private readonly ExpressionReader _reader;
    private readonly HashSet<(FunctionSyntax Function, string Observer, bool Named)> _visited = [];
    private readonly List<SandboxViolation> _violations = [];
    private readonly List<Diagnostic> _findings = [];

    /// <summary>Checks every callback of a loaded specification.</summary>
    public SandboxCheck(TreeIndex index, ExpressionReader reader)
    {
        (_index, _reader) = (index, reader);
        foreach (var site in index.Calls)
        {
            if (_reader.Read(site.Call.Callee, site.Module).Values.Any(v => IsBuiltin(v, MonitorBuiltin.Monitor)))
            {
                CheckMonitor(site);
            }
        }
    }

    /// <summary>What is not allowed, in the order found.</summary>
    public IReadOnlyList<SandboxViolation> Violations => _violations;

    /// <summary>What is allowed but worth a warning.</summary>
    public IReadOnlyList<Diagnostic> Findings => _findings;

    private static bool IsBuiltin(Value value, BuiltinDeclaration declaration) =>
        value.Is<SpecBuiltin>(out var builtin) && builtin.Declaration == declaration;

    private void CheckMonitor(CallSite site)
    {
        var name = Possible.Union(_reader.Arguments(site, "name", 0)).Texts() is { Count: 1 } names ? names.Single() : Unnamed;
        foreach (var parameter in MonitorBuiltin.ObservingParameters)
        {
            var position = Array.FindIndex(MonitorBuiltin.Monitor.Parameters, p => p.Name == parameter);
            var callback = Possible.Union(_reader.Arguments(site, parameter, position));
            Follow(callback, site.Position, $"monitor \"{name}\"", inNamedFunction: false);
        }
    }

    /// <summary>Goes on with whatever a reference may stand for.</summary>
    private void Follow(Possible target, Core.SourcePosition at, string observer, bool inNamedFunction)
    {
        foreach (var value in target.Values)
        {
            if (value.Is<SpecBuiltin>(out var builtin))
            {
                Judge(builtin.Declaration, at, observer, inNamedFunction);
            }
            else if (value.Is<StepMethodValue>(out _))
            {
                Judge(Topology.StepCalls.Step, at, observer, inNamedFunction);
            }
            else if (value.Is<StarlarkFunction>(out var function) && _index.FunctionAt(function.Position!.Value) is { } syntax)
            {
                Enter(syntax, observer, inNamedFunction);
            }
        }

        foreach (var function in target.Functions)
        {
            Enter(function, observer, inNamedFunction);
        }
    }

    private void Judge(BuiltinDeclaration builtin, Core.SourcePosition at, string observer, bool inNamedFunction)
    {
        if (builtin.Sandbox == SandboxRule.Forbidden || (builtin.Sandbox == SandboxRule.ReadsTest && !inNamedFunction))
        {
            _violations.Add(new SandboxViolation(at, SandboxGuard.Refusal(observer, builtin.Name, at.ToString())));
        }
        else if (builtin.Sandbox == SandboxRule.ReadsTest)
        {
            _findings.Add(new Diagnostic("SANDBOX_NAMED_FUNCTION", $"a function that {observer} calls uses {builtin.Name}() at {at}") { Position = at });
        }
    }

    private void Enter(FunctionSyntax function, string observer, bool inNamedFunction)
    {
        var named = inNamedFunction || function.Name != "lambda";
        if (!_visited.Add((function, observer, named)) || _index.HomeOf(function) is not { } home)
        {
            return;
        }

        foreach (var reference in _index.ReferencesIn(function))
        {
            if (reference is LambdaExpression lambda)
            {
                Enter(lambda.Function, observer, named);
            }
            else if (!_index.IsParameter(RootOf(reference)))
            {
                // What a parameter stands for is named by whoever calls with it.
                Follow(_reader.Read(reference, home), home.Tree.PositionOf(reference).ToCore(), observer, named);
            }
        }
    }

    private static Binding? RootOf(Expression expression)
    {
        while (true)
        {
            switch (expression)
            {
                case DotExpression dot:
                    expression = dot.Operand;
                    break;
                case IndexExpression item:
                    expression = item.Operand;
                    break;
                case NameExpression name:
                    var binding = name.Binding;
                    while (binding is { Kind: BindingKind.Free, Outer: { } outer })
                    {
                        binding = outer;
                    }

                    return binding;
                default:
                    return null;
            }
        }
    }
}

/// <summary>A builtin in the code of a callback that may not use it.</summary>
/// <param name="Position">Where it is named.</param>
/// <param name="Message">What is wrong.</param>
internal sealed record SandboxViolation(Core.SourcePosition Position, string Message);
