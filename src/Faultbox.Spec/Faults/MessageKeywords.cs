using System.Globalization;
using System.Text;
using Faultbox.Core.Matching;
using Faultbox.Core.Proxying;
using Faultbox.Spec.Registry;
using Faultbox.Spec.Values;
using Starlark;

namespace Faultbox.Spec.Faults;

/// <summary>The keywords that rules on messages share: which messages they cover, which of those are due, and what an answer looks like.</summary>
internal static class MessageKeywords
{
    /// <summary>Matchers without those that rules on system calls have under the same name.</summary>
    public static ParameterDeclaration[] Matchers { get; } =
    [
        ParameterDeclaration.Keyword("method", "string", "None", "Glob on the request method, RPC path or operation; on tcp and udp the literal first bytes."),
        ParameterDeclaration.Keyword("op", "string", "None", "The same as method."),
        ParameterDeclaration.Keyword("query", "string", "None", "Glob on the statement text."),
        ParameterDeclaration.Keyword("command", "string", "None", "Glob on the command name."),
        ParameterDeclaration.Keyword("key", "string", "None", "Glob on the key."),
        ParameterDeclaration.Keyword("collection", "string", "None", "The same as key."),
        ParameterDeclaration.Keyword("topic", "string", "None", "Glob on the topic or subject."),
        ParameterDeclaration.Keyword("subject", "string", "None", "The same as topic."),
        ParameterDeclaration.Keyword("match_headers", "dict", "{}", "Globs on request fields by name; the case of names does not matter."),
        ParameterDeclaration.Keyword("match_query", "dict", "{}", "Globs on URL query parameters by name."),
        ParameterDeclaration.Keyword("match_body", "string or bytes", "None", "Text that the first 64 KiB of the body contain; on tcp the current chunk, on udp the datagram."),
        ParameterDeclaration.Keyword("host", "string", "None", "Glob on Host or :authority."),
        ParameterDeclaration.Keyword("source", "service", "None", "Only traffic of this service."),
        ParameterDeclaration.Keyword("phase", "string", "\"request\"", "\"response\": the request is executed, and its answer is discarded before the rule acts."),
        ParameterDeclaration.Keyword("dir", "string", "\"c2s\"", "Direction of the datagrams: \"c2s\", \"s2c\" or \"both\"."),
    ];

    /// <summary>Every matcher.</summary>
    public static ParameterDeclaration[] AllMatchers { get; } =
        [Matchers[0], Matchers[1], ParameterDeclaration.Keyword("path", "string", "None", "Glob on the request path without its query."), .. Matchers[2..]];

    /// <summary>Matchers of the faults on the messages of HTTP and of the protocols on it.</summary>
    public static ParameterDeclaration[] OnHttp { get; } =
        [.. AllMatchers.Where(m => m.Name is "method" or "op" or "path" or "match_headers" or "match_query" or "match_body" or "host" or "source")];

    /// <summary>Which matches are due.</summary>
    public static ParameterDeclaration[] Occurrences { get; } =
    [
        ParameterDeclaration.Keyword("probability", "float, int or string", "1.0", "Chance of firing: 0.3, 30 or \"30%\"; drawn from the seed of the test."),
        ParameterDeclaration.Keyword("label", "string", "None", "Name shown in traces and reports; also the key of the random draws, which a second rule of that name on the interface does not share."),
        ParameterDeclaration.Keyword("nth", "int", "None", "Fire at the N-th match only."),
        ParameterDeclaration.Keyword("after", "int", "None", "Fire at every match from the N+1st on."),
        ParameterDeclaration.Keyword("every", "int", "None", "Fire at matches N, 2N, 3N …."),
        ParameterDeclaration.Keyword("first", "int", "None", "Fire at the first N matches."),
        ParameterDeclaration.Keyword("max_fires", "int", "None", "Occurrences that a plan enumerates; needs a probability below 1."),
    ];

    /// <summary>How a probability is resolved; <c>drop()</c> has another keyword of this name.</summary>
    public static ParameterDeclaration Mode { get; } = ParameterDeclaration.Keyword(
        "mode", "string", "\"exhaustive\" with max_fires, else \"stochastic\"", "How the probability is resolved.");

    /// <summary>Keywords of rules on messages that rules on system calls do not have.</summary>
    public static IReadOnlyList<string> OnMessagesOnly { get; } = [.. Matchers.Select(m => m.Name)];

    /// <summary>Reads the shared keywords of a call. The keywords that its builtin does not declare are not asked for.</summary>
    /// <param name="call">The call.</param>
    /// <param name="action">What the rule does.</param>
    public static ProxyFault Read(in BuiltinCall call, ProxyAction action)
    {
        var chance = action == ProxyAction.Drop ? FaultBuiltins.ReadChanceWithoutMode(call) : FaultBuiltins.ReadChance(call);
        var fault = new ProxyFault
        {
            Action = action,
            Matcher = ReadMatcher(call),
            Label = call.OptionalText("label"),
            Trigger = FaultKeywords.ReadTrigger(call, leastAfter: 1),
            Probability = chance.Probability,
            MaxFires = chance.MaxFires,
            Exhaustive = chance.MaxFires is not null,
            Source = call.Has("source") ? call.Object<ServiceValue>("source", "service").Name : null,
        };
        return call.Declares("phase") ? fault with { OnResponse = ReadPhase(call), Direction = ReadDirection(call) } : fault;
    }

    /// <summary>A status: a number, digits, or the name of a gRPC code.</summary>
    public static string? Status(in BuiltinCall call) => NumberOrText(call, "status");

    /// <summary>A number or a text, as text.</summary>
    public static string? NumberOrText(in BuiltinCall call, string parameter)
    {
        if (!call.Has(parameter))
        {
            return null;
        }

        var value = call[parameter];
        return value.TypeName == "int" && value.TryGetInt64(out var number) ? number.ToString(CultureInfo.InvariantCulture)
            : value.TryGetString(out var text) && text.Length > 0 ? text
            : throw call.WrongType(parameter, "int or string", value);
    }

    /// <summary>The body of an answer: text, bytes, or a dictionary or list that is sent as JSON.</summary>
    public static ReadOnlyMemory<byte>? Body(in BuiltinCall call)
    {
        if (call.Has("body") && call.Has("value"))
        {
            throw call.Error("body= and value= mean the same; give one of them");
        }

        var name = call.Has("value") ? "value" : "body";
        if (!call.Has(name))
        {
            return null;
        }

        var value = call[name];
        return value.Is<StarlarkBytes>(out var bytes) ? bytes.Bytes.ToArray()
            : value.Is<StarlarkString>(out var text) ? text.Bytes.ToArray()
            : value.TryGetEntries(out _) || value.TryGetItems(out _) ? Encoding.UTF8.GetBytes(JsonModule.Encode(value))
            : throw call.WrongType(name, "string, bytes, dict or list", value);
    }

    /// <summary>True when the body of an answer is given as a value and not as text or bytes.</summary>
    public static bool IsJsonBody(in BuiltinCall call)
    {
        var name = call.Has("value") ? "value" : "body";
        return call.Has(name) && !call[name].Is<StarlarkBytes>(out _) && !call[name].Is<StarlarkString>(out _);
    }

    private static MessageMatcher ReadMatcher(in BuiltinCall call) => new()
    {
        Method = Either(call, "method", "op"),
        Path = Glob(call, "path"),
        Query = Glob(call, "query"),
        Command = Glob(call, "command"),
        Key = Either(call, "key", "collection"),
        Topic = Either(call, "topic", "subject"),
        Host = Glob(call, "host"),
        Headers = Globs(call, "match_headers"),
        QueryParameters = Globs(call, "match_query"),
        Body = call.Declares("match_body") ? call.Octets("match_body") : default,
    };

    private static MessageGlob? Glob(in BuiltinCall call, string name) => Has(call, name) ? new MessageGlob(call.Text(name)) : null;

    private static bool Has(in BuiltinCall call, string name) => call.Declares(name) && call.Has(name);

    private static MessageGlob? Either(in BuiltinCall call, string name, string alias) =>
        Has(call, name) && Has(call, alias)
            ? throw call.Error($"{name}= and {alias}= mean the same; give one of them")
            : Glob(call, Has(call, alias) ? alias : name);

    private static List<KeyValuePair<string, MessageGlob>> Globs(in BuiltinCall call, string name)
    {
        var globs = new List<KeyValuePair<string, MessageGlob>>();
        foreach (var (key, value) in Has(call, name) ? call.Entries(name) : [])
        {
            globs.Add(new(TextOf(call, $"names in {name}", key), new MessageGlob(TextOf(call, $"values in {name}", value))));
        }

        return globs;
    }

    private static string TextOf(in BuiltinCall call, string what, Value value) =>
        value.TryGetString(out var text) ? text : throw call.Error($"{what} must be strings, got {value.TypeName}");

    private static bool ReadPhase(in BuiltinCall call) => call.OptionalText("phase") switch
    {
        null or "request" => false,
        "response" => true,
        var other => throw call.Error($"phase must be \"request\" or \"response\", got \"{other}\""),
    };

    private static TrafficDirection ReadDirection(in BuiltinCall call) => call.OptionalText("dir") switch
    {
        null or "c2s" => TrafficDirection.ClientToServer,
        "s2c" => TrafficDirection.ServerToClient,
        "both" => TrafficDirection.Both,
        var other => throw call.Error($"dir must be \"c2s\", \"s2c\" or \"both\", got \"{other}\""),
    };
}
