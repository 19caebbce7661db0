namespace Starlark;

/// <summary>The parameters of a builtin and the rules by which a call binds to them.</summary>
public sealed class Signature
{
    private readonly Parameter[] _parameters;
    private readonly int _positional;
    private readonly bool _variadic;
    private readonly bool _keywords;
    private readonly int _required;
    private readonly bool _positionalOnly;

    /// <summary>Declares a builtin.</summary>
    public Signature(string name, params Parameter[] parameters)
    {
        Name = name;
        _parameters = parameters;
        _positional = parameters.TakeWhile(p => p.Kind is ParameterKind.Plain or ParameterKind.Positional).Count();
        _variadic = parameters.Any(p => p.Kind == ParameterKind.Variadic);
        _keywords = parameters.Any(p => p.Kind == ParameterKind.KeywordVariadic);
        _required = parameters.Take(_positional).Count(p => p.IsRequired);
        _positionalOnly = !_variadic && parameters.Take(_required).All(p => p.IsRequired) && !parameters.Skip(_positional).Any(p => p.IsRequired);
    }

    /// <summary>Name of the builtin.</summary>
    public string Name { get; }

    /// <summary>Parameters in order.</summary>
    public IReadOnlyList<Parameter> Parameters => _parameters;

    /// <summary>Binds the arguments of a call.</summary>
    /// <exception cref="EvalException">The arguments do not fit; nothing else happened.</exception>
    public BoundArguments Bind(in Arguments args) => Bind(args, new Value[_parameters.Length]);

    /// <summary>Binds into slots that the caller provides, one for each parameter, all unset.</summary>
    internal BoundArguments Bind(in Arguments args, Span<Value> slots)
    {
        var positional = args.Positional;
        if (args.Names.IsEmpty && _positionalOnly && positional.Length >= _required && positional.Length <= _positional)
        {
            positional.CopyTo(slots);
            return new BoundArguments(this, slots, [], []);
        }

        if (positional.Length > _positional && !_variadic)
        {
            throw TooMany(positional.Length);
        }

        var plain = Math.Min(positional.Length, _positional);
        positional[..plain].CopyTo(slots);
        List<KeyValuePair<string, Value>>? rest = null;
        for (var i = 0; i < args.Names.Length; i++)
        {
            BindNamed(args.Names[i], args.Named[i], slots, ref rest);
        }

        for (var i = 0; i < _parameters.Length; i++)
        {
            if (_parameters[i].IsRequired && slots[i].IsUnset)
            {
                throw Missing(slots);
            }
        }

        return new BoundArguments(this, slots, positional[plain..], rest ?? []);
    }

    private void BindNamed(string name, Value value, Span<Value> slots, ref List<KeyValuePair<string, Value>>? rest)
    {
        for (var i = 0; i < _parameters.Length; i++)
        {
            var parameter = _parameters[i];
            if (parameter.Kind is not (ParameterKind.Plain or ParameterKind.Keyword) || parameter.Name != name)
            {
                continue;
            }

            if (!slots[i].IsUnset)
            {
                throw new EvalException($"{Name}: got multiple values for parameter \"{name}\"");
            }

            slots[i] = value;
            return;
        }

        if (!_keywords)
        {
            throw Unknown(name);
        }

        (rest ??= []).Add(new(name, value));
    }

    private EvalException TooMany(int given)
    {
        var least = _parameters.Take(_positional).Count(p => p.IsRequired);
        var wanted = least == _positional ? $"{_positional}" : $"at most {_positional}";
        return new EvalException($"{Name}: got {given} arguments, want {wanted}");
    }

    private EvalException Missing(ReadOnlySpan<Value> slots)
    {
        var missing = new List<string>();
        for (var i = 0; i < _parameters.Length; i++)
        {
            if (_parameters[i].IsRequired && slots[i].IsUnset)
            {
                missing.Add(_parameters[i].Name);
            }
        }

        return new EvalException($"{Name}: missing argument{(missing.Count > 1 ? "s" : "")} for {string.Join(", ", missing)}");
    }

    private EvalException Unknown(string name)
    {
        var valid = _parameters.Where(p => p.Kind is ParameterKind.Plain or ParameterKind.Keyword).Select(p => p.Name).ToArray();
        if (valid.Length == 0)
        {
            return new EvalException($"{Name}: unexpected keyword arguments: \"{name}\" (it takes none)");
        }

        var near = NearestName.Find(name, valid);
        return new EvalException(
            $"{Name}: unexpected keyword argument \"{name}\"{(near is null ? "" : $"; did you mean \"{near}\"?")} valid: {string.Join(", ", valid)}");
    }
}

/// <summary>The arguments of a call by parameter.</summary>
public readonly ref struct BoundArguments
{
    private readonly Signature _signature;
    private readonly ReadOnlySpan<Value> _slots;

    internal BoundArguments(
        Signature signature, ReadOnlySpan<Value> slots, ReadOnlySpan<Value> variadic, IReadOnlyList<KeyValuePair<string, Value>> keywords)
    {
        _signature = signature;
        _slots = slots;
        Variadic = variadic;
        Keywords = keywords;
    }

    /// <summary>The remaining positional arguments.</summary>
    public ReadOnlySpan<Value> Variadic { get; }

    /// <summary>The remaining named arguments, in the order written.</summary>
    public IReadOnlyList<KeyValuePair<string, Value>> Keywords { get; }

    /// <summary>Argument of a parameter; unset when the call did not give it.</summary>
    public Value this[int parameter] => _slots[parameter];

    /// <summary>True when the call gave the argument.</summary>
    public bool Has(int parameter) => !_slots[parameter].IsUnset;

    /// <summary>A string argument.</summary>
    public string Text(int parameter) => String(parameter).Text;

    /// <summary>A string argument.</summary>
    public StarlarkString String(int parameter) => _slots[parameter].Ref as StarlarkString ?? throw WrongType(parameter, "string");

    /// <summary>An integer argument of 64 bits, or a default.</summary>
    public long Int64(int parameter, long missing = 0)
    {
        if (!Has(parameter))
        {
            return missing;
        }

        return _slots[parameter].TryGetInt64(out var number) ? number : throw WrongType(parameter, "int");
    }

    /// <summary>A number argument as a float.</summary>
    public double Double(int parameter) =>
        Numbers.IsNumber(_slots[parameter]) ? Numbers.Double(_slots[parameter]) : throw WrongType(parameter, "float or int");

    /// <summary>The error for an argument of the wrong type.</summary>
    public EvalException WrongType(int parameter, string expected) =>
        new($"{_signature.Name}: for parameter {_signature.Parameters[parameter].Name}: got {_slots[parameter].TypeName}, want {expected}");
}
