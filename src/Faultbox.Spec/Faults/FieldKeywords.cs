using Faultbox.Core.Proxying;
using Faultbox.Spec.Registry;
using Starlark;

namespace Faultbox.Spec.Faults;

/// <summary>The keywords of faults that tamper with fields: <c>set=</c>, <c>add=</c>, <c>remove=</c>.</summary>
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

    private static List<KeyValuePair<string, string>> Fields(in BuiltinCall call, string parameter)
    {
        var fields = new List<KeyValuePair<string, string>>();
        foreach (var (key, value) in call.Entries(parameter))
        {
            if (!value.TryGetString(out var text))
            {
                throw call.Error($"values in {parameter} must be strings, got {value.TypeName}");
            }

            // A line end in a value would be another field.
            fields.Add(text.AsSpan().IndexOfAny('\r', '\n', '\0') < 0
                ? new(Name(call, parameter, key), text)
                : throw call.Error($"a value in {parameter} must be one line, got {value.Repr()}"));
        }

        return fields;
    }

    private static string Name(in BuiltinCall call, string parameter, Value value) =>
        !value.TryGetString(out var name) ? throw call.Error($"names in {parameter} must be strings, got {value.TypeName}")
        : name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || MoreTokenCharacters.Contains(c, StringComparison.Ordinal)) ? name
        : throw call.Error($"a name in {parameter} must be that of a field, such as \"Content-Type\", got {value.Repr()}");
}
