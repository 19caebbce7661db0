using Starlark;

namespace Faultbox.Spec.Registry;

/// <summary>When a builtin may be called.</summary>
internal enum CallPhase
{
    /// <summary>At any time.</summary>
    Any,

    /// <summary>Only while the specification loads: it declares a part of the plan.</summary>
    Load,

    /// <summary>Only while a test runs: it acts on the system.</summary>
    Run,

    /// <summary>Only in the body of a test, not in its setup, seed or reset.</summary>
    Body,
}

/// <summary>What a callback that only observes, such as <c>check=</c> of a monitor, may do with a builtin.</summary>
internal enum SandboxRule
{
    /// <summary>Use it freely: it computes a value.</summary>
    Allowed,

    /// <summary>Use it in a named function, with a warning: it reads what the test did, and may raise.</summary>
    ReadsTest,

    /// <summary>Not use it: it changes the system or the plan.</summary>
    Forbidden,
}

/// <summary>How a parameter takes its value.</summary>
internal enum ParameterForm
{
    /// <summary>By position or by keyword.</summary>
    Plain,

    /// <summary>By position only.</summary>
    Positional,

    /// <summary>By keyword only.</summary>
    Keyword,

    /// <summary>Takes the remaining positional arguments.</summary>
    Rest,

    /// <summary>Takes the keywords that are data.</summary>
    Keywords,
}

/// <summary>One parameter of a builtin.</summary>
/// <param name="Name">Name.</param>
/// <param name="Type">Type as documentation shows it.</param>
/// <param name="Doc">What it means, one sentence.</param>
internal sealed record ParameterDeclaration(string Name, string Type, string Doc)
{
    /// <summary>How the value is given.</summary>
    public ParameterForm Form { get; init; }

    /// <summary>Default as documentation shows it; null for a required parameter.</summary>
    public string? Default { get; init; }

    /// <summary>Version that introduced the parameter.</summary>
    public string Since { get; init; } = "0.1.0";

    /// <summary>True when a call must give it.</summary>
    public bool IsRequired => Default is null && Form is not (ParameterForm.Rest or ParameterForm.Keywords);

    /// <summary>A required parameter.</summary>
    public static ParameterDeclaration Required(string name, string type, string doc) => new(name, type, doc);

    /// <summary>An optional parameter, given by position or keyword.</summary>
    public static ParameterDeclaration Optional(string name, string type, string @default, string doc) => new(name, type, doc) { Default = @default };

    /// <summary>An optional parameter, given by keyword only.</summary>
    public static ParameterDeclaration Keyword(string name, string type, string @default, string doc) =>
        new(name, type, doc) { Default = @default, Form = ParameterForm.Keyword };
}

/// <summary>The body of a builtin, called with its arguments bound.</summary>
internal delegate Value BuiltinImplementation(in BuiltinCall call);

/// <summary>A builtin: everything that binding, messages and documentation need, declared once.</summary>
/// <param name="Name">Name in specifications.</param>
/// <param name="Doc">What it does, one or two sentences.</param>
/// <param name="Implementation">The body.</param>
/// <param name="Parameters">Parameters in order.</param>
internal sealed record BuiltinDeclaration(
    string Name, string Doc, BuiltinImplementation Implementation, params ParameterDeclaration[] Parameters)
{
    /// <summary>When it may be called.</summary>
    public CallPhase Phase { get; init; }

    /// <summary>Whether callbacks that only observe may use it; by default they may use what can be called at any time.</summary>
    public SandboxRule Sandbox
    {
        get => field == SandboxRule.Allowed && Phase != CallPhase.Any ? SandboxRule.Forbidden : field;
        init;
    }

    /// <summary>Version that introduced it.</summary>
    public string Since { get; init; } = "0.1.0";

    /// <summary>What it returns, as documentation shows it.</summary>
    public string Returns { get; init; } = "None";

    /// <summary>True when the first argument is the user's own name for the thing and belongs into messages.</summary>
    public bool IsLabelled { get; init; }

    /// <summary>True when the body itself says which required argument is missing.</summary>
    public bool ReportsMissing { get; init; }

    /// <summary>What to write instead of arguments by position, of a builtin that takes keywords only.</summary>
    public string? PositionalHint { get; init; }

    /// <summary>The words before a keyword that is not known.</summary>
    public string UnknownKeyword { get; init; } = "unknown keyword argument";

    /// <summary>Keywords of the language's other versions that this version refuses by name.</summary>
    public IReadOnlyList<string> Unsupported { get; init; } = [];

    /// <summary>Unsupported keywords that another keyword excludes in every version: that keyword, and why.</summary>
    public IReadOnlyDictionary<string, (string Keyword, string Reason)> Excluded { get; init; } = new Dictionary<string, (string, string)>();

    /// <summary>What to write instead of keywords that people try.</summary>
    public IReadOnlyDictionary<string, string> KeywordHints { get; init; } = new Dictionary<string, string>();

    /// <summary>Namespace of a dotted name, such as <c>match</c> of <c>match.event</c>; null for a plain name.</summary>
    public string? Namespace => Name.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot ? Name[..dot] : null;

    /// <summary>True when keywords beyond the declared ones are data.</summary>
    public bool TakesKeywords => Parameters.Any(p => p.Form == ParameterForm.Keywords);

    /// <summary>Names that are accepted as keywords.</summary>
    public IEnumerable<string> Keywords => Parameters.Where(p => p.Form is ParameterForm.Plain or ParameterForm.Keyword).Select(p => p.Name);
}
