using Faultbox.Core.Proxying;
using Faultbox.Spec.Registry;
using Faultbox.Spec.Values;
using Starlark;

namespace Faultbox.Spec.Faults;

/// <summary>The rules on messages: <c>response()</c>, <c>error()</c>, <c>drop()</c>, <c>duplicate()</c>. Their <c>delay()</c> is declared with the faults.</summary>
internal static class MessageBuiltins
{
    private const string KeywordsOnly = "say what it covers by name, for example path=\"/orders\"";

    private static readonly ParameterDeclaration[] Answer =
    [
        ParameterDeclaration.Keyword("headers", "dict", "{}", "Fields of the answer."),
        ParameterDeclaration.Keyword("content_type", "string", "None", "Content type of the answer."),
        ParameterDeclaration.Keyword("delay", "duration", "\"0s\"", "Wait before the answer."),
    ];

    /// <summary><c>response()</c>.</summary>
    public static BuiltinDeclaration Response { get; } = new(
        "response",
        "A rule on messages: answers without forwarding.",
        RunResponse,
        [
            ParameterDeclaration.Keyword("status", "int or string", "None", "Status of the answer."),
            ParameterDeclaration.Keyword("body", "string, bytes, dict or list", "\"\"", "Body of the answer; a dict or list is sent as JSON."),
            ParameterDeclaration.Keyword("value", "string, bytes, dict or list", "\"\"", "The same as body."),
            .. Answer,
            .. MessageKeywords.AllMatchers,
            .. MessageKeywords.Occurrences,
            MessageKeywords.Mode,
        ])
    {
        Returns = "proxy_fault",
        PositionalHint = KeywordsOnly,
    };

    /// <summary><c>error()</c>.</summary>
    public static BuiltinDeclaration Error { get; } = new(
        "error",
        "A rule on messages: answers with an error of the protocol without forwarding.",
        RunError,
        [
            ParameterDeclaration.Keyword("message", "string", "None", "Text of the error."),
            ParameterDeclaration.Keyword("status", "int or string", "None", "Status of the error; on grpc also the name of a code."),
            ParameterDeclaration.Keyword("code", "int or string", "None", "The protocol's own error code."),
            .. Answer,
            .. MessageKeywords.AllMatchers,
            .. MessageKeywords.Occurrences,
            MessageKeywords.Mode,
        ])
    {
        Returns = "proxy_fault",
        PositionalHint = KeywordsOnly,
        Unsupported = ["labels"],
    };

    /// <summary><c>drop()</c>.</summary>
    public static BuiltinDeclaration Drop { get; } = new(
        "drop",
        "A rule on messages: closes the connection, resets the stream or discards the message, as the protocol has it.",
        RunDrop,
        [
            .. MessageKeywords.AllMatchers,
            .. MessageKeywords.Occurrences,
            ParameterDeclaration.Keyword("mode", "string", "None", "How: \"close\", \"rst\", \"blackhole\"; brokers also \"message\" and \"ack\"."),
            ParameterDeclaration.Keyword("code", "int or string", "None", "Reset code of http2."),
        ])
    {
        Returns = "proxy_fault",
        PositionalHint = KeywordsOnly,
    };

    /// <summary><c>duplicate()</c>.</summary>
    public static BuiltinDeclaration Duplicate { get; } = new(
        "duplicate",
        "A rule on messages: delivers them twice.",
        (in BuiltinCall call) => Value.Of(new ProxyFaultValue(MessageKeywords.Read(call, ProxyAction.Duplicate))),
        [
            .. MessageKeywords.Matchers.Where(m => m.Name is "topic" or "subject" or "source"),
            .. MessageKeywords.Occurrences,
            MessageKeywords.Mode,
        ])
    {
        Returns = "proxy_fault",
        PositionalHint = "say what it covers by name, for example topic=\"orders\"",
    };

    private static Value RunResponse(in BuiltinCall call) => Value.Of(new ProxyFaultValue(WithAnswer(call, ProxyAction.Respond) with
    {
        Body = MessageKeywords.Body(call),
        IsJsonBody = MessageKeywords.IsJsonBody(call),
    }));

    private static Value RunError(in BuiltinCall call) => Value.Of(new ProxyFaultValue(WithAnswer(call, ProxyAction.Error) with
    {
        Message = call.OptionalText("message"),
        Code = MessageKeywords.NumberOrText(call, "code"),
    }));

    private static ProxyFault WithAnswer(in BuiltinCall call, ProxyAction action) => MessageKeywords.Read(call, action) with
    {
        Status = MessageKeywords.Status(call),
        Headers = FieldKeywords.Fields(call, "headers"),
        ContentType = call.OptionalText("content_type") is { } type ? FieldKeywords.Line(call, "content_type", type) : null,
        Delay = call.Duration("delay", default),
    };

    private static Value RunDrop(in BuiltinCall call) => Value.Of(new ProxyFaultValue(MessageKeywords.Read(call, ProxyAction.Drop) with
    {
        Code = MessageKeywords.NumberOrText(call, "code"),
        DropMode = call.OptionalText("mode") switch
        {
            null => DropMode.Default,
            "close" => DropMode.Close,
            "rst" => DropMode.Reset,
            "blackhole" => DropMode.Blackhole,
            "message" => DropMode.Message,
            "ack" => DropMode.Acknowledgement,
            var other => throw call.Error($"mode must be \"close\", \"rst\", \"blackhole\", \"message\" or \"ack\", got \"{other}\""),
        },
    }));
}
