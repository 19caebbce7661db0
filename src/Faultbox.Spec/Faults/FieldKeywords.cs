using Faultbox.Core.Proxying;
using Faultbox.Spec.Registry;
using Starlark;

namespace Faultbox.Spec.Faults;

/// <summary>Keywords that name fields: <c>set=</c>, <c>add=</c>, <c>remove=</c> of faults that tamper with them, <c>headers=</c> of answers.</summary>
internal static class FieldKeywords
{
    private const string MoreTokenCharacters = "!#$%&'*+-.^_`|~";

    /// <summary>Reads them; those that the builtin does not declare are empty.</summary>
    public static FieldChange Read(in BuiltinCall call)
    {
        var remove = new List<string>();
        foreach (var item in call.Items("remove"))
        {
            remove.Add(Name(call, "remove", item));
        }

        var change = new FieldChange(Fields(call, "set"), call.Declares("add") ? Fields(call, "add") : [], remove);
        return change.Arguments.Count > 0
            ? change
            : throw call.Error($"changes nothing; give {(call.Declares("add") ? "set=, add= or remove=" : "set= or remove=")}");
    }

    /// <summary>Names and values of fields, in the order written.</summary>
    public static List<KeyValuePair<string, string>> Fields(in BuiltinCall call, string parameter)
    {
        var fields = new List<KeyValuePair<string, string>>();
        foreach (var (key, value) in call.Entries(parameter))
        {
            if (!value.TryGetString(out var text))
            {
                throw call.Error($"values in {parameter} must be strings, got {value.TypeName}");
            }

            fields.Add(new(Name(call, parameter, key), Line(call, $"a value in {parameter}", text)));
        }

        return fields;
    }

    /// <summary>A text that can be the value of a field: a line end in it would be another field, and fields travel in Latin-1.</summary>
    public static string Line(in BuiltinCall call, string what, string text) =>
        text.AsSpan().IndexOfAny('\r', '\n', '\0') >= 0 ? throw call.Error($"{what} must be one line, got {Value.Of(text).Repr()}")
        : text.Any(c => c > '\u00ff') ? throw call.Error($"{what} must consist of the characters of Latin-1, got {Value.Of(text).Repr()}")
        : text;

    private static string Name(in BuiltinCall call, string parameter, Value value) =>
        !value.TryGetString(out var name) ? throw call.Error($"names in {parameter} must be strings, got {value.TypeName}")
        : name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || MoreTokenCharacters.Contains(c, StringComparison.Ordinal)) ? name
        : throw call.Error($"a name in {parameter} must be that of a field, such as \"Content-Type\", got {value.Repr()}");
}
