using Faultbox.Core.Proxying;
using Faultbox.Spec.Registry;
using Faultbox.Spec.Values;
using Starlark;

namespace Faultbox.Spec.Faults;

/// <summary>The faults in TLS handshakes: <c>tls_fault.expired()</c> and its siblings, for interfaces with <c>tls=</c>.</summary>
internal static class TlsFaultBuiltins
{
    private const string DefaultMaximum = "1.1";

    /// <summary>All of them, in reading order.</summary>
    public static IReadOnlyList<BuiltinDeclaration> All { get; } =
    [
        Declare(
            "expired",
            "Clients are shown a certificate that was good until a day ago.",
            (in BuiltinCall call) => new TlsFlawedCertificate(CertificateFlaw.Expired)),
        Declare(
            "wrong_name",
            "Clients are shown a certificate for another name.",
            (in BuiltinCall call) => new TlsFlawedCertificate(CertificateFlaw.WrongName)),
        Declare(
            "untrusted",
            "Clients are shown a certificate of an authority that nobody knows.",
            (in BuiltinCall call) => new TlsFlawedCertificate(CertificateFlaw.Untrusted)),
        Declare(
            "handshake_timeout",
            "The first message of a client is not answered; the connection is held until the window ends.",
            (in BuiltinCall call) => new TlsHandshakeTimeout()),
        Declare(
            "close_during_handshake",
            "The connection ends after the first message of a client.",
            (in BuiltinCall call) => new TlsCloseDuringHandshake()),
        Declare(
            "alert",
            "The first message of a client is answered with an alert, and the connection ends.",
            (in BuiltinCall call) => new TlsAlert(ReadCode(call)),
            ParameterDeclaration.Required("code", "int or string", "Code of the alert, or its name such as \"handshake_failure\".")),
        Declare(
            "version",
            "The proxy speaks no version of TLS above a limit; a client that goes down with it is served.",
            (in BuiltinCall call) => new TlsVersionLimit(ReadMaximum(call)),
            ParameterDeclaration.Keyword("max", "string", $"\"{DefaultMaximum}\"", "Highest version: \"1.0\", \"1.1\" or \"1.2\".")),
    ];

    private delegate TlsFault Reader(in BuiltinCall call);

    private static BuiltinDeclaration Declare(string name, string doc, Reader read, params ParameterDeclaration[] parameters) => new(
        $"tls_fault.{name}",
        doc,
        (in BuiltinCall call) => Value.Of(new ProxyFaultValue(MessageKeywords.Read(call, ProxyAction.Tls) with { Tls = read(call) })),
        [
            .. parameters,
            ParameterDeclaration.Keyword("host", "string", "None", "Glob on the server name that the client asks for."),
            .. MessageKeywords.Matchers.Where(m => m.Name is "source"),
            .. MessageKeywords.Occurrences,
            MessageKeywords.Mode,
        ])
    {
        Returns = "proxy_fault",
    };

    private static byte ReadCode(in BuiltinCall call)
    {
        var value = call["code"];
        if (value.TypeName == "int")
        {
            return value.TryGetInt64(out var number) && number is >= 0 and <= byte.MaxValue
                ? (byte)number
                : throw call.Error($"code must lie between 0 and {byte.MaxValue}, got {value.Repr()}");
        }

        if (!value.TryGetString(out var name))
        {
            throw call.WrongType("code", "int or string", value);
        }

        if (TlsAlertName.CodeOf(name) is { } code)
        {
            return code;
        }

        throw call.Error($"there is no TLS alert \"{name}\"" + (Core.Matching.NearestName.Find(name, TlsAlertName.All) is { } nearest
            ? $"; did you mean \"{nearest}\"?"
            : "; write a name of RFC 8446 section 6, such as \"handshake_failure\", or a number"));
    }

    private static string ReadMaximum(in BuiltinCall call) => call.OptionalText("max") switch
    {
        null => DefaultMaximum,
        var version and ("1.0" or "1.1" or "1.2") => version,
        var other => throw call.Error($"max must be \"1.0\", \"1.1\" or \"1.2\", got \"{other}\""),
    };
}
