using System.Text.Json;
using System.Text.RegularExpressions;

namespace Faultbox.Reporting.Tests.Support;

/// <summary>Validates against the part of JSON Schema 2020-12 that our schemas use; any other keyword is an error, never ignored.</summary>
internal sealed class JsonSchema(JsonElement root)
{
    public static JsonSchema Load(string name)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Schema", name)));
        return new JsonSchema(document.RootElement.Clone());
    }

    public IReadOnlyList<string> Validate(ReadOnlyMemory<byte> document)
    {
        using var parsed = JsonDocument.Parse(document);
        var errors = new List<string>();
        Check(root, parsed.RootElement, "$", errors);
        return errors;
    }

    private void Check(JsonElement schema, JsonElement value, string path, List<string> errors)
    {
        foreach (var keyword in schema.EnumerateObject())
        {
            CheckKeyword(schema, keyword, value, path, errors);
        }
    }

    private void CheckKeyword(JsonElement schema, JsonProperty keyword, JsonElement value, string path, List<string> errors)
    {
        var argument = keyword.Value;
        var isText = value.ValueKind == JsonValueKind.String;
        switch (keyword.Name)
        {
            case "$schema" or "$id" or "$defs" or "title" or "description" or "properties":
                break;
            case "$ref":
                Check(Resolve(argument.GetString()!), value, path, errors);
                break;
            case "type":
                Require(IsOf(argument.GetString()!, value), $"is not of type {argument}");
                break;
            case "const":
                Require(JsonElement.DeepEquals(argument, value), $"is not {argument.GetRawText()}");
                break;
            case "enum":
                Require(argument.EnumerateArray().Any(a => JsonElement.DeepEquals(a, value)), $"is none of {argument.GetRawText()}");
                break;
            case "pattern":
                Require(!isText || Regex.IsMatch(value.GetString()!, argument.GetString()!), $"does not match {argument}");
                break;
            case "minLength":
                Require(!isText || value.GetString()!.Length >= argument.GetInt32(), "is too short");
                break;
            case "minimum":
                Require(value.ValueKind != JsonValueKind.Number || value.GetDecimal() >= argument.GetDecimal(), $"is below {argument}");
                break;
            case "maxItems":
                Require(value.ValueKind != JsonValueKind.Array || value.GetArrayLength() <= argument.GetInt32(), $"has more than {argument} items");
                break;
            case "items":
                foreach (var (index, item) in Items(value).Index())
                {
                    Check(argument, item, $"{path}[{index}]", errors);
                }

                break;
            case "required":
                foreach (var name in argument.EnumerateArray().Select(n => n.GetString()!))
                {
                    Require(value.ValueKind != JsonValueKind.Object || value.TryGetProperty(name, out _), $"lacks {name}");
                }

                break;
            case "additionalProperties":
                foreach (var member in Members(value))
                {
                    CheckMember(schema, argument, member, path, errors);
                }

                break;
            default:
                throw new NotSupportedException($"schema keyword {keyword.Name}");
        }

        void Require(bool holds, string problem)
        {
            if (!holds)
            {
                errors.Add($"{path} {problem}");
            }
        }
    }

    private void CheckMember(JsonElement schema, JsonElement others, JsonProperty member, string path, List<string> errors)
    {
        var place = $"{path}.{member.Name}";
        if (schema.TryGetProperty("properties", out var properties) && properties.TryGetProperty(member.Name, out var own))
        {
            Check(own, member.Value, place, errors);
        }
        else if (others.ValueKind == JsonValueKind.False)
        {
            errors.Add($"{place} is not allowed");
        }
        else
        {
            Check(others, member.Value, place, errors);
        }
    }

    private JsonElement Resolve(string reference) => root.GetProperty("$defs").GetProperty(reference["#/$defs/".Length..]);

    private static bool IsOf(string type, JsonElement value) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "integer" => value.ValueKind == JsonValueKind.Number && !value.GetRawText().AsSpan().ContainsAny('.', 'e', 'E'),
        _ => throw new NotSupportedException($"schema type {type}"),
    };

    private static IEnumerable<JsonElement> Items(JsonElement value) => value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : [];

    private static IEnumerable<JsonProperty> Members(JsonElement value) => value.ValueKind == JsonValueKind.Object ? value.EnumerateObject() : [];
}
