namespace Starlark;

/// <summary>Which extensions of the language a file may use.</summary>
public sealed record DialectOptions
{
    /// <summary>Every extension that is on by default for specifications.</summary>
    public static DialectOptions Extended { get; } = new() { While = true, TopLevelControl = true, Power = true, Set = true, KeywordAfterSpread = true };

    /// <summary>The language without extensions.</summary>
    public static DialectOptions Strict { get; } = new();

    /// <summary><c>while</c> loops in functions.</summary>
    public bool While { get; init; }

    /// <summary><c>if</c> and <c>for</c> at top level.</summary>
    public bool TopLevelControl { get; init; }

    /// <summary><c>while</c> loops at top level; they need <see cref="While"/> too.</summary>
    public bool TopLevelWhile { get; init; }

    /// <summary>The <c>**</c> operator.</summary>
    public bool Power { get; init; }

    /// <summary>Named arguments after <c>**kwargs</c> in a call, as in <c>fault(svc, **rules, run = f)</c>.</summary>
    public bool KeywordAfterSpread { get; init; }

    /// <summary>The <c>set</c> function.</summary>
    public bool Set { get; init; }

    /// <summary>Globals may be bound more than once.</summary>
    public bool GlobalReassign { get; init; }

    /// <summary>Functions may call themselves.</summary>
    public bool Recursion { get; init; }

    /// <summary>Names bound by load are globals of the module.</summary>
    public bool LoadBindsGlobally { get; init; }
}
