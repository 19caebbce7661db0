using Faultbox.Core.Proxying;
using Faultbox.Spec.Registry;
using Faultbox.Spec.Values;
using Starlark;

namespace Faultbox.Spec.Faults;

/// <summary>The faults on the answers of gRPC calls: <c>grpc_fault.status()</c> and its siblings.</summary>
internal static class GrpcFaultBuiltins
{
    private static readonly ParameterDeclaration AfterMessages =
        ParameterDeclaration.Keyword("after_messages", "int", "0", "Replies that are relayed before; a service that gives fewer ends the call itself.");

    /// <summary>All of them, in reading order.</summary>
    public static IReadOnlyList<BuiltinDeclaration> All { get; } =
    [
        Declare(
            "status",
            "The call ends with a status, after so many replies of the service.",
            (in BuiltinCall call) => new GrpcEndStatus(
                MessageKeywords.NumberOrText(call, "code") ?? throw call.WrongType("code", "int or string", call["code"]),
                call.OptionalText("message") ?? "",
                Number(call)),
            ParameterDeclaration.Required("code", "int or string", "Code, as number or name, such as \"UNAVAILABLE\"."),
            ParameterDeclaration.Keyword("message", "string", "\"\"", "Text of the status."),
            AfterMessages),
        Declare(
            "cut",
            "The stream of the call is reset, without trailers, after so many replies of the service.",
            (in BuiltinCall call) => new GrpcCut(Number(call), MessageKeywords.NumberOrText(call, "code") ?? "INTERNAL"),
            AfterMessages,
            ParameterDeclaration.Keyword("code", "int or string", "\"INTERNAL\"", "HTTP/2 error code of the reset.")),
        Declare("no_trailers", "The call ends in order, without a status.", (in BuiltinCall call) => new GrpcNoTrailers()),
        Declare(
            "metadata",
            "Metadata of the answer are tampered with. All others stay as they are.",
            (in BuiltinCall call) => new GrpcMetadata(FieldKeywords.Read(call), ReadOnHead(call)),
            ParameterDeclaration.Keyword("set", "dict", "{}", "Fields that get this value, whether they were there or not."),
            ParameterDeclaration.Keyword("remove", "list", "[]", "Names of fields that are taken away."),
            ParameterDeclaration.Keyword("target", "string", "\"trailers\"", "Which metadata: \"headers\" or \"trailers\".")),
        Declare(
            "corrupt",
            "The first reply of the call is damaged.",
            (in BuiltinCall call) => new GrpcCorrupt(ReadKind(call)),
            ParameterDeclaration.Required(
                "kind",
                "string",
                "\"flip\": the first byte of the content is inverted; \"length\": one byte more is announced than follows; \"flag\": marked as compressed; \"truncate\": the second half is missing.")),
    ];

    private delegate GrpcFault Reader(in BuiltinCall call);

    private static BuiltinDeclaration Declare(string name, string doc, Reader read, params ParameterDeclaration[] parameters) => new(
        $"grpc_fault.{name}",
        doc,
        (in BuiltinCall call) => Value.Of(new ProxyFaultValue(MessageKeywords.Read(call, ProxyAction.Grpc) with { Grpc = read(call) })),
        [.. parameters, .. MessageKeywords.OnHttp.Where(m => m.Name != "match_query"), .. MessageKeywords.Occurrences, MessageKeywords.Mode])
    {
        Returns = "proxy_fault",
    };

    private static int Number(in BuiltinCall call) => FaultNumber.Read(call, "after_messages", otherwise: 0, 0, int.MaxValue);

    private static bool ReadOnHead(in BuiltinCall call) => call.OptionalText("target") switch
    {
        null or "trailers" => false,
        "headers" => true,
        var other => throw call.Error($"target must be \"headers\" or \"trailers\", got \"{other}\""),
    };

    private static MessageDamage ReadKind(in BuiltinCall call) => call.Text("kind") switch
    {
        "flip" => MessageDamage.Flip,
        "length" => MessageDamage.Length,
        "flag" => MessageDamage.Flag,
        "truncate" => MessageDamage.Truncate,
        var other => throw call.Error($"kind must be \"flip\", \"length\", \"flag\" or \"truncate\", got \"{other}\""),
    };
}
