using System.Globalization;
using Faultbox.Core.Proxying;
using Faultbox.Core.Topology;
using Faultbox.Spec.Registry;
using Faultbox.Spec.Values;
using Starlark;

namespace Faultbox.Spec.Faults;

/// <summary>The faults on the messages of HTTP: <c>http_fault.truncate()</c> and its siblings, for http and http2.</summary>
internal static class HttpFaultBuiltins
{
    /// <summary>All of them, in reading order.</summary>
    public static IReadOnlyList<BuiltinDeclaration> All { get; } =
    [
        Declare(
            "truncate",
            "The body of an answer ends early, after a head that announces all of it; on HTTP/2 the stream is reset.",
            (in BuiltinCall call) => new HttpTruncate(ReadPoint(call, "at"), ReadHow(call)),
            ParameterDeclaration.Required("at", "int or string", "Where: bytes, a size such as \"64KiB\", or a share such as \"50%\"."),
            ParameterDeclaration.Keyword("how", "string", "\"close\"", "\"close\" for FIN, \"rst\" for a reset.")),
        Declare(
            "slow_body",
            "The body of an answer comes at a rate; the service waits, nothing is lost. HTTP/1.1 only.",
            (in BuiltinCall call) => new HttpSlowBody(WireBuiltins.ReadRate(call), call.Duration("first_byte", TimeSpan.Zero)),
            ParameterDeclaration.Required("rate", "string", "Rate, such as \"64kbit\" or \"1KB/s\"."),
            ParameterDeclaration.Keyword("first_byte", "duration", "None", "Time between the head and the first byte of the body.")),
        Declare(
            "slow_head",
            "The head of an answer comes byte by byte. HTTP/1.1 only.",
            (in BuiltinCall call) => new HttpSlowHead(call.PositiveDuration("gap", default)),
            ParameterDeclaration.Required("gap", "duration", "Time between two bytes.")),
        Declare(
            "content_length",
            "An answer declares another length than its body has; one that declares none stays as it is.",
            (in BuiltinCall call) => new HttpContentLength(
                FaultNumber.Read(call, "delta", otherwise: null, -int.MaxValue, int.MaxValue) is not 0 and var delta ? delta : throw call.Error("delta=0 changes nothing")),
            ParameterDeclaration.Required("delta", "int", "What is added to the length; less than nothing is 0.")),
        Declare(
            "bad_chunk",
            "The chunked coding of an answer is damaged; an answer of another form is sent as chunks. HTTP/1.1 only.",
            (in BuiltinCall call) => new HttpBadChunk(ReadKind(call)),
            ParameterDeclaration.Required(
                "kind",
                "string",
                "\"size\": no number; \"crlf\": no line end after the data; \"no_last\": the last chunk is missing; \"early_last\": it comes too early; \"huge\": a chunk announces 2^63-1 bytes.")),
        Declare(
            "headers",
            "The fields of a head are tampered with. All others stay as they are.",
            (in BuiltinCall call) => new HttpHeaders(FieldKeywords.Read(call), ReadOnRequest(call)),
            ParameterDeclaration.Keyword("set", "dict", "{}", "Fields that get this value, whether they were there or not."),
            ParameterDeclaration.Keyword("add", "dict", "{}", "Fields that are added to those of the same name."),
            ParameterDeclaration.Keyword("remove", "list", "[]", "Names of fields that are taken away."),
            ParameterDeclaration.Keyword("target", "string", "\"response\"", "Whose head: \"response\" or \"request\".")),
        Declare(
            "status",
            "The service answers as always, and the client is told another status: the service acted, and the client thinks otherwise.",
            (in BuiltinCall call) => new HttpOtherStatus(ReadCode(call)),
            ParameterDeclaration.Required("code", "int", "The status, 200 to 599.")),
        Declare(
            "replay",
            "The service executes the request more than once, on the same connection; the client gets the first answer. HTTP/1.1 only.",
            (in BuiltinCall call) => new HttpReplay(FaultNumber.Read(call, "times", otherwise: 2, 2, 1000)),
            ParameterDeclaration.Optional("times", "int", "2", "How often in all, 2 to 1000.")),
        Declare(
            "goaway",
            "The end of an HTTP/2 connection is announced: its streams so far are served, later ones need another connection.",
            (in BuiltinCall call) => new HttpGoAway(
                MessageKeywords.NumberOrText(call, "code") ?? "NO_ERROR",
                call.Flag("graceful", true),
                FaultNumber.Read(call, "after_streams", otherwise: 1, 1, int.MaxValue)),
            ParameterDeclaration.Keyword("code", "int or string", "\"NO_ERROR\"", "HTTP/2 error code."),
            ParameterDeclaration.Keyword("graceful", "bool", "True", "False: the request is not forwarded, and the connection ends at once."),
            ParameterDeclaration.Keyword("after_streams", "int", "1", "With which matching stream of a connection.")),
    ];

    private delegate HttpFault Reader(in BuiltinCall call);

    private static BuiltinDeclaration Declare(string name, string doc, Reader read, params ParameterDeclaration[] parameters) => new(
        $"http_fault.{name}",
        doc,
        (in BuiltinCall call) => Value.Of(new ProxyFaultValue(MessageKeywords.Read(call, ProxyAction.Http) with { Http = read(call) })),
        [.. parameters, .. MessageKeywords.OnHttp, .. MessageKeywords.Occurrences, MessageKeywords.Mode])
    {
        Returns = "proxy_fault",
    };

    private static BodyPoint ReadPoint(in BuiltinCall call, string parameter)
    {
        var value = call[parameter];
        if (value.TypeName == "int" && value.TryGetInt64(out var bytes))
        {
            return bytes >= 0 ? new BodyPoint(bytes, 0) : throw call.Error($"{parameter} must not be negative, got {bytes}");
        }

        if (!value.TryGetString(out var text))
        {
            throw call.WrongType(parameter, "int or string", value);
        }

        if (!text.EndsWith('%'))
        {
            return ByteQuantities.TryParseSize(text, out bytes) ? new BodyPoint(bytes, 0) : throw BadPoint(call, parameter, text);
        }

        if (!double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent))
        {
            throw BadPoint(call, parameter, text);
        }

        return percent < 100
            ? new BodyPoint(null, percent / 100)
            : throw call.Error($"{parameter} must lie below 100%, where nothing is missing, got \"{text}\"");
    }

    private static SpecException BadPoint(in BuiltinCall call, string parameter, string text) =>
        call.Error($"bad {parameter} \"{text}\"; write bytes (100), a size (\"64KiB\") or a share (\"50%\")");

    private static bool ReadHow(in BuiltinCall call) => call.OptionalText("how") switch
    {
        null or "close" => false,
        "rst" => true,
        var other => throw call.Error($"how must be \"close\" or \"rst\", got \"{other}\""),
    };

    private static ChunkDamage ReadKind(in BuiltinCall call) => ChunkDamageNames.Parse(call.Text("kind"))
        ?? throw call.Error($"kind must be {OneOf(ChunkDamageNames.All)}, got \"{call.Text("kind")}\"");

    private static string OneOf(IReadOnlyList<string> names) =>
        $"{string.Join(", ", names.SkipLast(1).Select(n => $"\"{n}\""))} or \"{names[^1]}\"";

    private static bool ReadOnRequest(in BuiltinCall call) => call.OptionalText("target") switch
    {
        null or "response" => false,
        "request" => true,
        var other => throw call.Error($"target must be \"response\" or \"request\", got \"{other}\""),
    };

    private static int ReadCode(in BuiltinCall call) => FaultNumber.Read(call, "code", otherwise: null, 200, 599);
}
