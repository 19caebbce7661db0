using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Starlark;

/// <summary>The parameters of a builtin and the rules by which a call binds to them.</summary>
public sealed class Signature
{
    private readonly Parameter[] _parameters;
    private readonly int _positional;
    private readonly bool _keywords;
    private readonly int _required;
    private readonly bool _fitsByPosition;
    private readonly bool _isPlain;

    /// <summary>Declares a builtin.</summary>
    public Signature(string name, params Parameter[] parameters)
    {
        Name = name;
        _parameters = parameters;
        _positional = parameters.TakeWhile(p => p.Kind is ParameterKind.Plain or ParameterKind.Positional).Count();
        VariadicIndex = Array.FindIndex(parameters, p => p.Kind == ParameterKind.Variadic);
        _keywords = parameters.Any(p => p.Kind == ParameterKind.KeywordVariadic);
        _isPlain = VariadicIndex < 0 && !_keywords;
        _required = parameters.Take(_positional).Count(p => p.IsRequired);
        _fitsByPosition = parameters.Take(_required).All(p => p.IsRequired) && !parameters.Skip(_positional).Any(p => p.IsRequired);
    }

    /// <summary>Name of the builtin.</summary>
    public string Name { get; }

    /// <summary>Parameters in order.</summary>
    public IReadOnlyList<Parameter> Parameters => _parameters;

    /// <summary>Number of parameters.</summary>
    internal int Count => _parameters.Length;

    /// <summary>Place of the parameter that takes the remaining positional arguments, or -1.</summary>
    internal int VariadicIndex { get; }

    /// <summary>True when there is a slot for each parameter and no other: neither <c>*args</c> nor <c>**kwargs</c>.</summary>
    internal bool IsPlain => _isPlain;

    /// <summary>True when there is a parameter that takes the remaining named arguments.</summary>
    internal bool HasKeywords => _keywords;

    /// <summary>Binds the arguments of a call.</summary>
    /// <exception cref="EvalException">The arguments do not fit; nothing else happened.</exception>
    public BoundArguments Bind(in Arguments args)
    {
        var slots = new Value[Room(args.Positional.Length)];
        Bind(args, slots);
        return new BoundArguments(this, slots);
    }

    /// <summary>
    /// Number of slots that a call needs: one for each parameter, then one for each remaining positional argument, then one for the remaining
    /// named arguments where these are taken.
    /// </summary>
    internal int Room(int positional) => _parameters.Length + (VariadicIndex >= 0 ? Math.Max(0, positional - _positional) : 0) + (_keywords ? 1 : 0);

    /// <summary>True when a call with that many positional arguments and no others fits.</summary>
    internal bool Takes(int positional) => _fitsByPosition && positional >= _required && (positional <= _positional || VariadicIndex >= 0);

    /// <summary>The slot of a positional argument.</summary>
    internal int SlotOf(int argument) => argument < _positional ? argument : _parameters.Length + argument - _positional;

    /// <summary>Clears the slots that the arguments of a positional call leave free, and counts the remaining ones.</summary>
    internal void Complete(Span<Value> slots, int positional)
    {
        for (var i = positional; i < _parameters.Length; i++)
        {
            slots[i] = default;
        }

        if (VariadicIndex >= 0)
        {
            slots[_positional.._parameters.Length].Unset();
            slots[VariadicIndex] = new Value(null, Math.Max(0, positional - _positional));
        }

        if (_keywords)
        {
            slots[^1] = default;
        }
    }

    /// <summary>Binds into slots that the caller provides, all unset.</summary>
    internal void Bind(in Arguments args, Span<Value> slots)
    {
        var positional = args.Positional;
        if (positional.Length > _positional && VariadicIndex < 0)
        {
            throw TooMany(positional.Length);
        }

        var plain = Math.Min(positional.Length, _positional);
        positional[..plain].CopyInto(slots);
        if (VariadicIndex >= 0)
        {
            positional[plain..].CopyInto(slots[_parameters.Length..]);
        }

        NamedValues? rest = null;
        for (var i = 0; i < args.Names.Length; i++)
        {
            if (!TryBindNamed(args.Names[i], args.Named[i], slots))
            {
                (rest ??= new NamedValues(args.Names.Length)).Add(args.Names[i], args.Named[i]);
            }
        }

        for (var i = 0; i < _parameters.Length; i++)
        {
            if (_parameters[i].IsRequired && slots[i].IsUnset)
            {
                throw Missing(slots);
            }
        }

        if (VariadicIndex >= 0)
        {
            slots[VariadicIndex] = new Value(null, positional.Length - plain);
        }

        if (rest is not null)
        {
            slots[^1] = new Value(rest, 0);
        }
    }

    /// <summary>Binds a named argument to the parameter of that name; false when there is none and the remaining ones are taken.</summary>
    private bool TryBindNamed(string name, Value value, Span<Value> slots)
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
            return true;
        }

        return _keywords ? false : throw Unknown(name);
    }

    private EvalException TooMany(int given)
    {
        if (_positional == 0 && _parameters.Any(p => p.Kind == ParameterKind.Keyword))
        {
            return new EvalException($"{Name}: unexpected positional arguments");
        }

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
            $"{Name}: unexpected keyword argument \"{name}\"{(near is null ? "" : $" (did you mean {near}?)")}; valid: {string.Join(", ", valid)}");
    }
}

/// <summary>The arguments of a call by parameter.</summary>
public readonly ref struct BoundArguments
{
    private readonly Signature _signature;
    private readonly ref Value _slots;

    internal BoundArguments(Signature signature, Span<Value> slots)
    {
        _signature = signature;
        _slots = ref MemoryMarshal.GetReference(slots);
    }

    /// <summary>The remaining positional arguments.</summary>
    public ReadOnlySpan<Value> Variadic => MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref _slots, _signature.Count), VariadicCount);

    /// <summary>The remaining named arguments, in the order written.</summary>
    public IReadOnlyList<KeyValuePair<string, Value>> Keywords => Remaining;

    /// <summary>The remaining named arguments, to look them up.</summary>
    internal NamedValues Remaining =>
        _signature.HasKeywords && Unsafe.Add(ref _slots, _signature.Count + VariadicCount).Ref is { } rest
            ? Unsafe.As<NamedValues>(rest)
            : NamedValues.None;

    /// <summary>Argument of a parameter; unset when the call did not give it.</summary>
    public Value this[int parameter] =>
        (uint)parameter < (uint)_signature.Count ? Unsafe.Add(ref _slots, parameter) : throw new ArgumentOutOfRangeException(nameof(parameter));

    private int VariadicCount => _signature.VariadicIndex is >= 0 and var index ? (int)Unsafe.Add(ref _slots, index).Bits : 0;

    /// <summary>True when the call gave the argument.</summary>
    public bool Has(int parameter) => !this[parameter].IsUnset;

    /// <summary>A string argument.</summary>
    public string Text(int parameter) => String(parameter).Text;

    /// <summary>A string argument.</summary>
    public StarlarkString String(int parameter) => this[parameter].Ref as StarlarkString ?? throw WrongType(parameter, "string");

    /// <summary>An integer argument of 64 bits, or a default.</summary>
    public long Int64(int parameter, long missing = 0)
    {
        if (!Has(parameter))
        {
            return missing;
        }

        return this[parameter].TryGetInt64(out var number) ? number
            : Operators.IsInteger(this[parameter]) ? throw new EvalException($"{_signature.Name}: for parameter {_signature.Parameters[parameter].Name}: the int is out of range (want value in signed 64-bit range)")
            : throw WrongType(parameter, "int");
    }

    /// <summary>A number argument as a float.</summary>
    public double Double(int parameter) =>
        Numbers.IsNumber(this[parameter]) ? Numbers.Double(this[parameter]) : throw WrongType(parameter, "float or int");

    /// <summary>The error for an argument of the wrong type.</summary>
    public EvalException WrongType(int parameter, string expected) =>
        new($"{_signature.Name}: for parameter {_signature.Parameters[parameter].Name}: got {this[parameter].TypeName}, want {expected}");
}
