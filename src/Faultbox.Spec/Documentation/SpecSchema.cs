using System.Text.Encodings.Web;
using System.Text.Json;
using Faultbox.Core.Diagnostics;
using Faultbox.Spec.Loading;
using Faultbox.Spec.Registry;

namespace Faultbox.Spec.Documentation;

/// <summary>Writes the specification language as JSON for programs, from the declarations that binding and messages use.</summary>
public static class SpecSchema
{
    /// <summary>Version of the format.</summary>
    public const int Version = 1;

    private static readonly JsonWriterOptions Layout = new()
    {
        Indented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes the document.</summary>
    /// <param name="stream">Receives UTF-8.</param>
    /// <param name="productVersion">Version of the program.</param>
    public static void Write(Stream stream, string productVersion)
    {
        using (var json = new Utf8JsonWriter(stream, Layout))
        {
            json.WriteStartObject();
            json.WriteString("$id", $"urn:faultbox:schema:{Version}");
            json.WriteNumber("schema_version", Version);
            json.WriteString("version", productVersion);
            WriteBuiltins(json);
            WriteRemoved(json);
            WriteModules(json);
            WriteCodes(json);
            json.WriteEndObject();
        }

        stream.WriteByte((byte)'\n');
    }

    private static void WriteBuiltins(Utf8JsonWriter json)
    {
        json.WriteStartArray("builtins");
        foreach (var family in BuiltinTable.Families)
        {
            foreach (var builtin in family.Builtins)
            {
                json.WriteStartObject();
                json.WriteString("name", builtin.Name);
                json.WriteString("family", family.Title);
                json.WriteString("since", builtin.Since);
                json.WriteString("phase", PhaseWord(builtin.Phase));
                json.WriteString("returns", builtin.Returns);
                json.WriteString("doc", builtin.Doc);
                json.WriteStartArray("parameters");
                foreach (var parameter in builtin.Parameters)
                {
                    WriteParameter(json, parameter);
                }

                json.WriteEndArray();
                json.WriteStartArray("unsupported");
                foreach (var keyword in builtin.Unsupported)
                {
                    json.WriteStringValue(keyword);
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }
        }

        json.WriteEndArray();
    }

    private static void WriteParameter(Utf8JsonWriter json, ParameterDeclaration parameter)
    {
        json.WriteStartObject();
        json.WriteString("name", parameter.Name);
        json.WriteString("form", FormWord(parameter.Form));
        json.WriteString("type", parameter.Type);
        json.WriteBoolean("required", parameter.IsRequired);
        json.WriteString("default", parameter.Default);
        json.WriteString("since", parameter.Since);
        json.WriteString("doc", parameter.Doc);
        json.WriteEndObject();
    }

    private static void WriteRemoved(Utf8JsonWriter json)
    {
        json.WriteStartArray("removed");
        foreach (var (name, replacement) in RemovedNames.All)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("replacement", replacement);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteModules(Utf8JsonWriter json)
    {
        json.WriteStartArray("modules");
        foreach (var name in EmbeddedModules.Names)
        {
            json.WriteStringValue(name);
        }

        json.WriteEndArray();
    }

    private static void WriteCodes(Utf8JsonWriter json)
    {
        json.WriteStartArray("diagnostics");
        foreach (var code in DiagnosticCodes.All)
        {
            json.WriteStartObject();
            json.WriteString("code", code);
            json.WriteString("level", DiagnosticCodes.LevelOf(code).ToString().ToLowerInvariant());
            json.WriteString("suggestion", DiagnosticCodes.SuggestionFor(code));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string PhaseWord(CallPhase phase) => phase switch
    {
        CallPhase.Load => "load",
        CallPhase.Run => "run",
        CallPhase.Body => "body",
        _ => "any",
    };

    private static string FormWord(ParameterForm form) => form switch
    {
        ParameterForm.Positional => "positional",
        ParameterForm.Keyword => "keyword",
        ParameterForm.Rest => "rest",
        ParameterForm.Keywords => "keywords",
        _ => "plain",
    };
}
