using Faultbox.Core.Topology;
using Faultbox.Spec.Execution;
using Faultbox.Spec.Values;
using Starlark;

namespace Faultbox.Spec.Registry;

/// <summary>One call of a builtin with its arguments bound. Getters throw <see cref="SpecException"/> naming builtin, parameter and both types.</summary>
internal readonly ref struct BuiltinCall
{
    private readonly BuiltinDeclaration _builtin;
    private readonly BoundArguments _arguments;

    /// <summary>Creates a call.</summary>
    public BuiltinCall(BuiltinDeclaration builtin, string label, StarlarkThread thread, SpecScope scope, BoundArguments arguments)
    {
        _builtin = builtin;
        _arguments = arguments;
        Label = label;
        Thread = thread;
        Scope = scope;
    }

    /// <summary>The builtin with the user's own name where there is one: <c>service("cart")</c>, <c>deny()</c>.</summary>
    public string Label { get; }

    /// <summary>Name of the builtin.</summary>
    public string Name => _builtin.Name;

    /// <summary>Thread that makes the call.</summary>
    public StarlarkThread Thread { get; }

    /// <summary>What the thread acts on.</summary>
    public SpecScope Scope { get; }

    /// <summary>Where the call is written.</summary>
    public Core.SourcePosition Position => Thread.CallerPosition.ToCore();

    /// <summary>The remaining positional arguments.</summary>
    public ReadOnlySpan<Value> Rest => _arguments.Variadic;

    /// <summary>The keywords that are data, in the order written.</summary>
    public IReadOnlyList<KeyValuePair<string, Value>> Keywords => _arguments.Keywords;

    /// <summary>Value of a parameter; <c>None</c> when it was not given.</summary>
    public Value this[string parameter] => _arguments.Has(IndexOf(parameter)) ? _arguments[IndexOf(parameter)] : Value.None;

    /// <summary>True when the builtin has a parameter of the name.</summary>
    public bool Declares(string parameter) => Array.Exists(_builtin.Parameters, p => p.Name == parameter);

    /// <summary>True when a parameter has a value other than <c>None</c>.</summary>
    public bool Has(string parameter) => !this[parameter].IsNone;

    /// <summary>True when the call names a parameter, whatever its value.</summary>
    public bool IsGiven(string parameter) => _arguments.Has(IndexOf(parameter));

    /// <summary>An error of this call.</summary>
    public SpecException Error(string message) => new($"{Label}: {message}");

    /// <summary>A string.</summary>
    public string Text(string parameter) =>
        this[parameter].TryGetString(out var text) ? text : throw WrongType(parameter, "string", this[parameter]);

    /// <summary>A string, or null when not given.</summary>
    public string? OptionalText(string parameter) => Has(parameter) ? Text(parameter) : null;

    /// <summary>The bytes of a string, or bytes; empty when not given.</summary>
    public ReadOnlyMemory<byte> Octets(string parameter)
    {
        if (!Has(parameter))
        {
            return default;
        }

        var value = this[parameter];
        return value.Is<StarlarkBytes>(out var bytes) ? bytes.Bytes.ToArray()
            : value.Is<StarlarkString>(out var text) ? text.Bytes.ToArray()
            : throw WrongType(parameter, "string or bytes", value);
    }

    /// <summary>A boolean.</summary>
    public bool Flag(string parameter, bool @default)
    {
        if (!Has(parameter))
        {
            return @default;
        }

        return this[parameter].TryGetBool(out var flag) ? flag : throw WrongType(parameter, "bool", this[parameter]);
    }

    /// <summary>A callable, or null when not given.</summary>
    public StarlarkCallable? Callable(string parameter)
    {
        if (!Has(parameter))
        {
            return null;
        }

        return this[parameter].Is<StarlarkCallable>(out var callable)
            ? callable
            : throw Error($"{parameter} must be a callable, got {this[parameter].TypeName}");
    }

    /// <summary>A value of a heap type.</summary>
    public T Object<T>(string parameter, string expected)
        where T : StarlarkObject =>
        this[parameter].Is<T>(out var value) ? value : throw WrongType(parameter, expected, this[parameter]);

    /// <summary>Items of a list; empty when not given.</summary>
    public IReadOnlyList<Value> Items(string parameter)
    {
        if (!Has(parameter))
        {
            return [];
        }

        return this[parameter].TryGetItems(out var items) ? items : throw WrongType(parameter, "list", this[parameter]);
    }

    /// <summary>Entries of a dictionary; empty when not given.</summary>
    public IReadOnlyList<KeyValuePair<Value, Value>> Entries(string parameter)
    {
        if (!Has(parameter))
        {
            return [];
        }

        return this[parameter].TryGetEntries(out var entries) ? entries : throw WrongType(parameter, "dict", this[parameter]);
    }

    /// <summary>A duration that is not negative.</summary>
    public TimeSpan Duration(string parameter, TimeSpan @default)
    {
        if (!Has(parameter))
        {
            return @default;
        }

        var text = Text(parameter);
        if (!Durations.TryParse(text, out var duration))
        {
            throw Error($"bad duration \"{text}\" for {parameter}; write a number with a unit, such as \"250ms\" or \"1m30s\"");
        }

        return duration >= TimeSpan.Zero ? duration : throw Error($"{parameter} must not be negative, got \"{text}\"");
    }

    /// <summary>A duration above zero.</summary>
    public TimeSpan PositiveDuration(string parameter, TimeSpan @default)
    {
        var duration = Duration(parameter, @default);
        return duration > TimeSpan.Zero ? duration : throw Error($"{parameter} must be positive, got \"{Text(parameter)}\"");
    }

    /// <summary>The error for a value of the wrong type.</summary>
    public SpecException WrongType(string parameter, string expected, Value actual) => Error($"{parameter} must be {expected}, got {actual.TypeName}");

    private int IndexOf(string parameter)
    {
        for (var i = 0; i < _builtin.Parameters.Length; i++)
        {
            if (_builtin.Parameters[i].Name == parameter)
            {
                return i;
            }
        }

        throw new ArgumentException($"{_builtin.Name} has no parameter {parameter}", nameof(parameter));
    }
}
