using Faultbox.Spec.Loading;
using Starlark;
using Starlark.Syntax;

namespace Faultbox.Spec.Facts;

/// <summary>Finds what expressions may evaluate to: from the values that loading left behind, and from the source where those do not tell.</summary>
internal sealed class ExpressionReader
{
    private const int Rounds = 3;

    private readonly TreeIndex _index;
    private readonly Dictionary<Module, LoadedModule> _modules = [];
    private readonly Dictionary<FunctionSyntax, List<CallSite>> _callers = [];
    private readonly HashSet<object> _active = [];
    private readonly Dictionary<Binding, Possible> _known = [];
    private int _cuts;

    /// <summary>Prepares to read the expressions of some modules.</summary>
    public ExpressionReader(IReadOnlyList<LoadedModule> modules, TreeIndex index)
    {
        _index = index;
        foreach (var module in modules)
        {
            _modules[module.Module] = module;
        }

        // Who calls a function that is passed around is known only when the callers of the functions that pass it are.
        for (var round = 0; round < Rounds && FindCallers(); round++)
        {
            _known.Clear();
        }
    }

    /// <summary>What an expression may be.</summary>
    public Possible Read(Expression expression, LoadedModule module)
    {
        switch (expression)
        {
            case NameExpression { Binding: { } binding }:
                return ReadVariable(binding, module);
            case LiteralExpression literal:
                return Possible.Of(literal.Value);
            case ListExpression list:
                return Possible.OfSequence([.. list.Items.Select(i => Read(i, module))]);
            case TupleExpression tuple:
                return Possible.OfSequence([.. tuple.Items.Select(i => Read(i, module))]);
            case DictExpression dict:
                return Possible.OfMapping([.. dict.Entries.Select(e => (Read(e.Key, module), Read(e.Value, module)))]);
            case ComprehensionExpression { Value: { } value } comprehension:
                return Possible.OfMapping([(Read(comprehension.Body, module), Read(value, module))]);
            case ComprehensionExpression comprehension:
                return Possible.OfElements(Read(comprehension.Body, module));
            case ConditionalExpression choice:
                return Possible.Union([Read(choice.WhenTrue, module), Read(choice.WhenFalse, module)]);
            case BinaryExpression { Operation: "or" or "and" or "|" } binary:
                return Possible.Union([Read(binary.Left, module), Read(binary.Right, module)]);
            case BinaryExpression { Operation: "+" } sum:
                return Possible.OfElements(Possible.Union([Read(sum.Left, module).Items(), Read(sum.Right, module).Items()]));
            case LambdaExpression lambda:
                return Possible.Of(lambda.Function);
            case DotExpression dot:
                return ReadAttribute(Read(dot.Operand, module), dot.Name);
            case IndexExpression item:
                return Read(item.Operand, module).Lookup(Read(item.Key, module));
            case SliceExpression slice:
                return Possible.OfElements(Read(slice.Operand, module).Items());
            case CallExpression call:
                return ReadCall(call, module);
            default:
                return Possible.Anything;
        }
    }

    /// <summary>What a loaded name may be.</summary>
    public Possible ReadImport(LoadedModule module, string name, string exported) =>
        module.Imports.TryGetValue(name, out var source) ? ReadGlobal(source, exported) : Possible.Anything;

    /// <summary>What a parameter may be, through the calls of its function.</summary>
    /// <param name="function">The function.</param>
    /// <param name="name">The variable that holds the function; null for a lambda.</param>
    /// <param name="parameter">The parameter.</param>
    /// <param name="module">Where the function stands.</param>
    public Possible ReadParameter(FunctionSyntax function, Binding? name, ParameterSyntax parameter, LoadedModule module)
    {
        if (parameter.Form is Starlark.Syntax.ParameterForm.Variadic or Starlark.Syntax.ParameterForm.KeywordVariadic)
        {
            return Possible.Anything;
        }

        var sources = new List<Possible>();
        if (parameter.Default is { } fallback)
        {
            sources.Add(Read(fallback, module));
        }
        else if (name is null || _index.IsEscaped(name))
        {
            sources.Add(Possible.Anything);
        }

        foreach (var site in _callers.GetValueOrDefault(function) ?? [])
        {
            sources.AddRange(Arguments(site, parameter.Name, PositionOf(function, parameter)));
        }

        return Possible.Union(sources);
    }

    /// <summary>What the arguments of a call may be that reach a parameter.</summary>
    /// <param name="site">The call.</param>
    /// <param name="name">Name of the parameter; null when it is taken by position only.</param>
    /// <param name="position">Its position, or -1 when it is taken by keyword only.</param>
    public IEnumerable<Possible> Arguments(CallSite site, string? name, int position)
    {
        var next = 0;
        foreach (var argument in site.Call.Arguments)
        {
            switch (argument.Kind)
            {
                case ArgumentKind.Positional when next++ == position:
                case ArgumentKind.Named when argument.Name is { } given && given == name:
                    yield return Read(argument.Value, site.Module);
                    break;
                case ArgumentKind.Spread when position >= next:
                    yield return Read(argument.Value, site.Module).Items();
                    break;
                case ArgumentKind.KeywordSpread when name is not null:
                    yield return Read(argument.Value, site.Module).Lookup(Possible.Of(Value.Of(name)));
                    break;
            }
        }
    }

    private static int PositionOf(FunctionSyntax function, ParameterSyntax parameter)
    {
        var position = 0;
        foreach (var candidate in function.Parameters)
        {
            if (candidate.Form != Starlark.Syntax.ParameterForm.Plain)
            {
                return -1;
            }

            if (candidate == parameter)
            {
                return position;
            }

            position++;
        }

        return -1;
    }

    /// <summary>Adds calls to the functions they reach; true when one was new.</summary>
    private bool FindCallers()
    {
        var found = false;
        foreach (var site in _index.Calls)
        {
            foreach (var function in Read(site.Call.Callee, site.Module).Functions)
            {
                if (!_callers.TryGetValue(function, out var sites))
                {
                    _callers.Add(function, sites = []);
                }

                if (!sites.Contains(site))
                {
                    sites.Add(site);
                    found = true;
                }
            }
        }

        return found;
    }

    private Possible ReadVariable(Binding binding, LoadedModule module)
    {
        while (binding is { Kind: BindingKind.Free, Outer: { } outer })
        {
            binding = outer;
        }

        switch (binding.Kind)
        {
            case BindingKind.Predeclared or BindingKind.Universal:
                return Possible.Of(binding.Constant);
            case BindingKind.Global when module.Module.TryGet(binding.Name, out var value) && value.TypeName != "function":
                return Possible.Of(value);
            default:
                return ReadSources(binding);
        }
    }

    private Possible ReadGlobal(Module module, string name)
    {
        if (!module.TryGet(name, out var value))
        {
            return Possible.Nothing;
        }

        if (value.TypeName != "function" || !_modules.TryGetValue(module, out var loaded))
        {
            return Possible.Of(value);
        }

        var binding = _index.GlobalOf(loaded, name);
        return binding is null ? Possible.Of(value) : ReadSources(binding);
    }

    private Possible ReadSources(Binding binding)
    {
        if (_known.TryGetValue(binding, out var known))
        {
            return known;
        }

        if (!_active.Add(binding))
        {
            _cuts++;
            return Possible.Nothing;
        }

        var cuts = _cuts;
        var result = Possible.Union(_index.SourcesOf(binding).Select(source => source(this)));
        _active.Remove(binding);
        if (cuts == _cuts)
        {
            _known[binding] = result;
        }

        return result;
    }

    private static Possible ReadAttribute(Possible operand, string name)
    {
        var attributes = new List<Possible>();
        var open = operand.IsOpen;
        foreach (var value in operand.Values)
        {
            if (value.Object is { } o && o.TryGetAttribute(name, out var attribute))
            {
                attributes.Add(Possible.Of(attribute));
            }
            else
            {
                open = true;
            }
        }

        return Possible.Union(open ? attributes.Append(Possible.Anything) : attributes);
    }

    private Possible ReadCall(CallExpression call, LoadedModule module)
    {
        if (call is { Callee: DotExpression { Name: "items" or "keys" or "values" } view, Arguments: [] })
        {
            return ReadView(Read(view.Operand, module), view.Name);
        }

        var callee = Read(call.Callee, module);
        var results = new List<Possible>();
        if (callee.IsOpen)
        {
            results.Add(Possible.Anything);
        }

        foreach (var value in callee.Values)
        {
            results.Add(value.Is<StarlarkBuiltin>(out var builtin) ? ReadBuiltin(builtin.Name, call, module) : Possible.Anything);
        }

        foreach (var function in callee.Functions)
        {
            results.Add(ReadResult(function, module));
        }

        return Possible.Union(results);
    }

    private static Possible ReadView(Possible operand, string view)
    {
        if (operand.Entries() is not { } entries)
        {
            return Possible.Anything;
        }

        return Possible.OfElements(Possible.Union(view switch
        {
            "items" => entries.Select(e => Possible.OfSequence([e.Key, e.Value])),
            "keys" => entries.Select(e => e.Key),
            _ => entries.Select(e => e.Value),
        }));
    }

    private Possible ReadBuiltin(string name, CallExpression call, LoadedModule module)
    {
        var first = call.Arguments is [{ Kind: ArgumentKind.Positional } only, ..] ? Read(only.Value, module) : null;
        switch (name)
        {
            case "dict":
                var named = call.Arguments.Where(a => a.Kind == ArgumentKind.Named)
                    .Select(a => (Possible.Of(Value.Of(a.Name!)), Read(a.Value, module)))
                    .ToList();
                var spread = call.Arguments.Where(a => a.Kind == ArgumentKind.KeywordSpread).Select(a => Read(a.Value, module));
                return Possible.Union([Possible.OfMapping(named), .. spread, .. first is null ? (IEnumerable<Possible>)[] : [first]]);
            case "list" or "tuple" or "set" or "sorted" or "reversed" when first is not null:
                return Possible.OfElements(first.Items());
            case "enumerate" when first is not null:
                return Possible.OfElements(Possible.OfSequence([Possible.Anything, first.Items()]));
            case "zip":
                return Possible.OfElements(Possible.OfSequence([.. call.Arguments.Select(a => Read(a.Value, module).Items())]));
            default:
                return Possible.Anything;
        }
    }

    private Possible ReadResult(FunctionSyntax function, LoadedModule module)
    {
        if (!_active.Add(function))
        {
            _cuts++;
            return Possible.Nothing;
        }

        var home = _index.HomeOf(function) ?? module;
        var result = Possible.Union(_index.ReturnsOf(function).Select(e => Read(e, home)));
        _active.Remove(function);
        return result;
    }
}
