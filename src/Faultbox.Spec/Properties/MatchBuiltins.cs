using Faultbox.Core.Matching;
using Faultbox.Spec.Registry;
using Faultbox.Spec.Values;
using Starlark;

namespace Faultbox.Spec.Properties;

/// <summary>The matchers: <c>match.event()</c>, <c>match.any()</c>, <c>match.all()</c>, <c>match.never()</c>.</summary>
internal static class MatchBuiltins
{
    private static readonly ParameterDeclaration Matchers =
        new("matchers", "matcher", "The matchers.") { Form = ParameterForm.Rest };

    /// <summary><c>match.event()</c>.</summary>
    public static BuiltinDeclaration Event { get; } = new(
        "match.event",
        "Matches events that meet all criteria; without criteria every event.",
        (in BuiltinCall call) => Value.Of(new MatcherValue(EventMatcher.Event(Criteria(call)))),
        ParameterDeclaration.Keyword("type", "string", "None", "Type of the event: exact, or with * as a glob."),
        ParameterDeclaration.Keyword("service", "string", "None", "Service of the event."),
        new ParameterDeclaration("fields", "string", "A field name and a pattern; an absent field is the empty string.") { Form = ParameterForm.Keywords })
    {
        Returns = "matcher",
    };

    /// <summary><c>match.any()</c>.</summary>
    public static BuiltinDeclaration Any { get; } = new(
        "match.any",
        "Matches events that one of the matchers matches; without matchers none.",
        (in BuiltinCall call) => Value.Of(new MatcherValue(EventMatcher.Any(Read(call)))),
        Matchers)
    {
        Returns = "matcher",
    };

    /// <summary><c>match.all()</c>.</summary>
    public static BuiltinDeclaration All { get; } = new(
        "match.all",
        "Matches events that all of the matchers match; without matchers every event.",
        (in BuiltinCall call) => Value.Of(new MatcherValue(EventMatcher.All(Read(call)))),
        Matchers)
    {
        Returns = "matcher",
    };

    /// <summary><c>match.never()</c>.</summary>
    public static BuiltinDeclaration Never { get; } = new(
        "match.never",
        "Matches no event.",
        (in BuiltinCall _) => Value.Of(new MatcherValue(EventMatcher.Never)))
    {
        Returns = "matcher",
    };

    private static List<KeyValuePair<string, string>> Criteria(in BuiltinCall call)
    {
        var criteria = new List<KeyValuePair<string, string>>();
        foreach (var name in (string[])["type", "service"])
        {
            if (call.Has(name))
            {
                criteria.Add(new(name, Text(call, name, call[name])));
            }
        }

        foreach (var (name, value) in call.Keywords)
        {
            criteria.Add(new(name, Text(call, name, value)));
        }

        return criteria;
    }

    private static string Text(in BuiltinCall call, string name, Value value) =>
        value.TryGetString(out var text) ? text : throw call.WrongType(name, "string", value);

    private static List<EventMatcher> Read(in BuiltinCall call)
    {
        var matchers = new List<EventMatcher>();
        foreach (var value in call.Rest)
        {
            matchers.Add(value.Is<MatcherValue>(out var matcher)
                ? matcher.Matcher
                : throw call.Error($"argument {matchers.Count + 1} must be matcher, got {value.TypeName}"));
        }

        return matchers;
    }
}
