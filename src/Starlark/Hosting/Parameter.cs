namespace Starlark;

/// <summary>How a parameter of a builtin takes its value.</summary>
public enum ParameterKind
{
    /// <summary>By position or by keyword.</summary>
    Plain,

    /// <summary>By position only.</summary>
    Positional,

    /// <summary>By keyword only.</summary>
    Keyword,

    /// <summary>Takes the remaining positional arguments.</summary>
    Variadic,

    /// <summary>Takes the remaining named arguments.</summary>
    KeywordVariadic,
}

/// <summary>A parameter of a builtin.</summary>
/// <param name="Name">Name.</param>
/// <param name="Kind">How it takes its value.</param>
/// <param name="IsRequired">True when a call must give it.</param>
public sealed record Parameter(string Name, ParameterKind Kind = ParameterKind.Plain, bool IsRequired = false)
{
    /// <summary>Type as documentation shows it.</summary>
    public string Type { get; init; } = "any";

    /// <summary>Default as documentation shows it.</summary>
    public string? Default { get; init; }

    /// <summary>Version that introduced it.</summary>
    public string Since { get; init; } = "";

    /// <summary>What it means.</summary>
    public string Doc { get; init; } = "";

    /// <summary>A parameter that a call must give, by position or keyword.</summary>
    public static Parameter Required(string name) => new(name, ParameterKind.Plain, true);

    /// <summary>A parameter that a call may leave out, given by position or keyword.</summary>
    public static Parameter Optional(string name) => new(name);

    /// <summary>A parameter given by position only.</summary>
    public static Parameter PositionOnly(string name, bool required = true) => new(name, ParameterKind.Positional, required);

    /// <summary>A parameter given by keyword only.</summary>
    public static Parameter KeywordOnly(string name, bool required = false) => new(name, ParameterKind.Keyword, required);

    /// <summary>Takes the remaining positional arguments.</summary>
    public static Parameter Rest(string name) => new(name, ParameterKind.Variadic);

    /// <summary>Takes the remaining named arguments.</summary>
    public static Parameter Keywords(string name) => new(name, ParameterKind.KeywordVariadic);
}
