using System.Globalization;
using System.Text;
using Faultbox.Spec.Registry;

namespace Faultbox.Spec.Documentation;

/// <summary>Writes the reference of the specification language from the declarations that binding and messages use.</summary>
public static class SpecReference
{
    /// <summary>The reference as Markdown.</summary>
    public static string Write()
    {
        var text = new StringBuilder();
        text.Append(Introduction);
        foreach (var family in BuiltinTable.Families)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {family.Title}\n");
            foreach (var builtin in family.Builtins)
            {
                WriteBuiltin(text, builtin);
            }
        }

        text.Append(Values);
        text.Append("\n## Removed names\n\nCalling one fails and names the replacement.\n\n| name | write instead |\n|---|---|\n");
        foreach (var (name, replacement) in RemovedNames.All)
        {
            text.Append(CultureInfo.InvariantCulture, $"| `{name}` | `{replacement}` |\n");
        }

        return text.ToString();
    }

    private const string Introduction = """
        # Reference of the specification language

        A specification is a Starlark program. This page lists what Faultbox adds to the language: every builtin, every keyword, its type,
        its default, and the version that introduced it. Besides these, `print`, the universal functions of Starlark, and the modules
        `json` and `math` are available in every file.

        A duration is a text of numbers with units, such as `"250ms"` or `"1m30s"`; units are `ns us µs ms s m h`. Every builtin refuses
        keywords it does not know. `None` for an optional parameter means that it is not given.

        """;

    private const string Values = """

        ## Values

        | type | attributes |
        |---|---|
        | `service` | `name`, one per interface, and, with one interface or one named `default`, the steps of that interface |
        | `interface_ref` | `addr`, `host`, `port`, `internal_addr`, `proxy_addr`, `proxy_host`, `proxy_port`, and the steps of its protocol |
        | `response` | `status`, `body`, `data`, `ok`, `success`, `error`, `duration_ms`, `headers`, `fields`, `trailers`, `raw`, `client`, `operation`, `contract_ok`, `contract_error`; true when the exchange completed |
        | `event` | `seq`, `service`, `type`, `event_type`, `timestamp`, `fields`, `data`, `first`, `get(name, default)`, and every field; an absent field is `""` |

        Steps of `http`: `get post put delete patch` with `path`, `body`, `headers`. Step of `tcp`: `send` with `data` or `hex`,
        `until` or `size`, `timeout`, `raw`; it returns the reply as a string, with `raw = True` a response.

        """;

    private static void WriteBuiltin(StringBuilder text, BuiltinDeclaration builtin)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n### `{Call(builtin)}` → {builtin.Returns}\n\n{builtin.Doc} {When(builtin.Phase)}Since {builtin.Since}.\n");
        if (builtin.Parameters.Length > 0)
        {
            text.Append("\n| parameter | type | default | since | meaning |\n|---|---|---|---|---|\n");
        }

        foreach (var parameter in builtin.Parameters)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"| `{Prefix(parameter)}{parameter.Name}` | {parameter.Type} | {Default(parameter)} | {parameter.Since} | {parameter.Doc} |\n");
        }

        if (builtin.Unsupported.Count > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"\nRefused by this version: {string.Join(", ", builtin.Unsupported.Select(k => $"`{k}=`"))}.\n");
        }
    }

    private static string Call(BuiltinDeclaration builtin)
    {
        var parts = new List<string>();
        var keywordOnly = builtin.Parameters.Any(p => p.Form == ParameterForm.Rest);
        foreach (var parameter in builtin.Parameters)
        {
            if (parameter.Form == ParameterForm.Keyword && !keywordOnly)
            {
                parts.Add("*");
                keywordOnly = true;
            }

            parts.Add(Prefix(parameter) + parameter.Name + (parameter.Default is null ? "" : "="));
        }

        return $"{builtin.Name}({string.Join(", ", parts)})";
    }

    private static string Prefix(ParameterDeclaration parameter) => parameter.Form switch
    {
        ParameterForm.Rest => "*",
        ParameterForm.Keywords => "**",
        _ => "",
    };

    private static string Default(ParameterDeclaration parameter) => parameter switch
    {
        { Form: ParameterForm.Rest or ParameterForm.Keywords } => "",
        { Default: null } => "required",
        _ => $"`{parameter.Default}`",
    };

    private static string When(CallPhase phase) => phase switch
    {
        CallPhase.Load => "Only at module level. ",
        CallPhase.Run => "Only while a test runs. ",
        CallPhase.Body => "Only in a test body. ",
        _ => "",
    };
}
