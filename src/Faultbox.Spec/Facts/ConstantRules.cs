using Faultbox.Spec.Execution;
using Faultbox.Spec.Loading;
using Faultbox.Spec.Registry;
using Starlark;
using Starlark.Syntax;

namespace Faultbox.Spec.Facts;

/// <summary>
/// Makes every rule that the code of a specification writes with nothing but constants, as the code will when it runs: a mistake in such a
/// rule is a mistake of the specification, and is found before anything is started.
/// </summary>
internal sealed class ConstantRules
{
    private static readonly string[] Results = ["fault", "proxy_fault", "fault or proxy_fault"];

    private readonly ExpressionReader _reader;
    private readonly StarlarkThread _thread;
    private readonly Dictionary<CallExpression, Value?> _made = [];
    private readonly List<SpecLoadFinding> _mistakes = [];

    private ConstantRules(ExpressionReader reader, SpecRegistry registry)
    {
        _reader = reader;
        _thread = new StarlarkThread("constants") { HostState = new SpecScope { Kind = ScopeKind.Load, Registry = registry } };
    }

    /// <summary>The mistakes in constant rules, in the order of the source.</summary>
    public static IReadOnlyList<SpecLoadFinding> Mistakes(TreeIndex index, ExpressionReader reader, SpecRegistry registry)
    {
        // What is worth a warning is told by the call itself.
        var told = registry.Diagnostics.Count;
        var rules = new ConstantRules(reader, registry);
        foreach (var site in index.Calls)
        {
            rules.Make(site);
        }

        registry.Diagnostics.RemoveRange(told, registry.Diagnostics.Count - told);
        return rules._mistakes;
    }

    /// <summary>What a call makes; null when it makes no rule, or not from constants alone.</summary>
    private Value? Make(CallSite site)
    {
        if (!_made.TryGetValue(site.Call, out var value))
        {
            _made.Add(site.Call, null);
            _made[site.Call] = value = Builtin(site) is { } builtin ? Make(site, builtin) : null;
        }

        return value;
    }

    private Value? Make(CallSite site, SpecBuiltin builtin)
    {
        List<Value> positional = [], named = [];
        List<string> names = [];
        foreach (var argument in site.Call.Arguments)
        {
            if (argument.Kind is ArgumentKind.Spread or ArgumentKind.KeywordSpread || Constant(argument.Value, site.Module) is not { } value)
            {
                return null;
            }

            if (argument.Name is { } name)
            {
                names.Add(name);
                named.Add(value);
            }
            else
            {
                positional.Add(value);
            }
        }

        try
        {
            return builtin.Call(_thread, new Arguments([.. positional], [.. names], [.. named]));
        }
        catch (EvalException e)
        {
            _mistakes.Add(new SpecLoadFinding(site.Position, e.Message));
            return null;
        }
    }

    /// <summary>The builtin that a call calls, if that makes rules and nothing else can be meant.</summary>
    private SpecBuiltin? Builtin(CallSite site) =>
        _reader.Read(site.Call.Callee, site.Module) is { IsOpen: false, Functions.Count: 0, Values: [var callee] }
            && callee.Is<SpecBuiltin>(out var builtin)
            && Results.Contains(builtin.Declaration.Returns)
            ? builtin
            : null;

    /// <summary>The value of an expression that is the same whenever it is evaluated; null when it may not be.</summary>
    private Value? Constant(Expression expression, LoadedModule module) => expression switch
    {
        LiteralExpression literal => literal.Value,
        UnaryExpression { Operation: "-", Operand: LiteralExpression { Value: var number } } => Negative(number),
        NameExpression { Binding: { Kind: BindingKind.Global } binding } => module.Module.TryGet(binding.Name, out var global) ? global : null,
        NameExpression { Binding: { Kind: BindingKind.Predeclared or BindingKind.Universal } binding } => binding.Constant,
        DotExpression dot => Constant(dot.Operand, module)?.Object?.TryGetAttribute(dot.Name, out var attribute) == true ? attribute : null,
        ListExpression list => Constants(list.Items, module) is { } items ? Value.Of(new StarlarkList(items)) : null,
        TupleExpression tuple => Constants(tuple.Items, module) is { } items ? Value.Of(new StarlarkTuple(items)) : null,
        DictExpression dict => Dictionary(dict, module),
        CallExpression call => Make(new CallSite(call, module)),
        _ => null,
    };

    private List<Value>? Constants(IEnumerable<Expression> expressions, LoadedModule module)
    {
        var values = new List<Value>();
        foreach (var expression in expressions)
        {
            if (Constant(expression, module) is not { } value)
            {
                return null;
            }

            values.Add(value);
        }

        return values;
    }

    private Value? Dictionary(DictExpression dict, LoadedModule module)
    {
        if (Constants(dict.Entries.Select(e => e.Key), module) is not { } keys || Constants(dict.Entries.Select(e => e.Value), module) is not { } values
            || keys.Any(k => k.TypeName is not ("string" or "int")))
        {
            return null;
        }

        var entries = new StarlarkDict();
        for (var i = 0; i < keys.Count; i++)
        {
            entries.Set(keys[i], values[i]);
        }

        return Value.Of(entries);
    }

    private static Value? Negative(Value number) =>
        number.TypeName == "int" && number.TryGetInt64(out var whole) && whole > long.MinValue ? Value.Of(-whole)
        : number.TypeName == "float" && number.TryGetDouble(out var fraction) ? Value.Of(-fraction)
        : null;
}
