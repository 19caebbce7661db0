using Faultbox.Core.Diagnostics;
using Faultbox.Core.Topology;
using Faultbox.Protocols.Tls;
using Faultbox.Spec.Registry;
using Faultbox.Spec.Values;
using Starlark;

namespace Faultbox.Spec.Topology;

/// <summary><c>tls_cert()</c>.</summary>
internal static class TlsBuiltin
{
    /// <summary>The declaration.</summary>
    public static BuiltinDeclaration TlsCert { get; } = new(
        "tls_cert",
        "TLS of an interface: what its proxy shows to clients and how it verifies the service. Without arguments a certificate is issued.",
        Run,
        ParameterDeclaration.Keyword("proxy_cert", "string", "None", "Certificate that the proxy shows its clients, PEM; needs proxy_key."),
        ParameterDeclaration.Keyword("proxy_key", "string", "None", "Key of proxy_cert, PEM."),
        ParameterDeclaration.Keyword("client_cert", "string", "None", "Client certificate toward the service, PEM; needs client_key."),
        ParameterDeclaration.Keyword("client_key", "string", "None", "Key of client_cert, PEM."),
        ParameterDeclaration.Keyword("cert", "string", "None", "Certificate for both sides where the specific one is absent; needs key."),
        ParameterDeclaration.Keyword("key", "string", "None", "Key of cert, PEM."),
        ParameterDeclaration.Keyword("ca", "string", "None", "Authorities that verify the service, PEM; those of the system without it."),
        ParameterDeclaration.Keyword("insecure", "bool", "False", "Accept any certificate of the service."),
        ParameterDeclaration.Keyword("server_name", "string", "None", "Name asked of and verified at the service; the host that is dialed without it."),
        ParameterDeclaration.Keyword("client_ca", "string", "None", "Authorities that verify certificates of clients, PEM."),
        ParameterDeclaration.Keyword("require_client_cert", "bool", "False", "Clients must show a certificate; needs client_ca."),
        ParameterDeclaration.Keyword("alpn", "list of strings", "None", "Application protocols to negotiate; those of the protocol without it."),
        ParameterDeclaration.Keyword("min_version", "string", "\"1.2\"", "Lowest version: \"1.2\" or \"1.3\"."))
    {
        Returns = "tls_cert",
    };

    private static Value Run(in BuiltinCall call)
    {
        RequirePair(call, "proxy_cert", "proxy_key");
        RequirePair(call, "client_cert", "client_key");
        RequirePair(call, "cert", "key");
        if (call.Flag("require_client_cert", false) && !call.Has("client_ca"))
        {
            // Those of the system would be asked, which know no client of a test.
            throw call.Error("require_client_cert=True needs client_ca=, the authorities that verify the certificates of clients");
        }

        if (File(call, "cert") is { } certificate && File(call, "key") is { } key)
        {
            Verify(call, () => TlsMaterial.VerifyPair("cert", certificate, "key", key));
        }

        var tls = Trust(call) with
        {
            ProxyCertificate = File(call, "proxy_cert") ?? File(call, "cert"),
            ProxyKey = File(call, "proxy_key") ?? File(call, "key"),
            ClientCertificate = File(call, "client_cert") ?? File(call, "cert"),
            ClientKey = File(call, "client_key") ?? File(call, "key"),
            ServerName = call.OptionalText("server_name"),
            ClientAuthorities = File(call, "client_ca"),
            RequireClientCertificate = call.Flag("require_client_cert", false),
            ApplicationProtocols = ReadProtocols(call),
            RequiresTls13 = call.OptionalText("min_version") switch
            {
                null or "1.2" => false,
                "1.3" => true,
                var other => throw call.Error($"min_version must be \"1.2\" or \"1.3\", got \"{other}\""),
            },
        };
        if (tls.Insecure)
        {
            call.Scope.Report(new Diagnostic("TLS_INSECURE", "tls_cert(insecure=True) accepts any certificate of the service") { Position = call.Position });
        }

        return Value.Of(new TlsValue(Verified(call, tls)));
    }

    /// <summary>How a server is verified by the keywords <c>insecure</c> and <c>ca</c> of a call.</summary>
    public static TlsDefinition ReadTrust(in BuiltinCall call) => Verified(call, Trust(call));

    private static TlsDefinition Trust(in BuiltinCall call) => call.Flag("insecure", false) && call.Has("ca")
        ? throw call.Error("insecure= and ca= are mutually exclusive")
        : new TlsDefinition { Authorities = File(call, "ca"), Insecure = call.Flag("insecure", false) };

    private static TlsDefinition Verified(in BuiltinCall call, TlsDefinition tls)
    {
        Verify(call, () => TlsMaterial.Verify(tls));
        return tls;
    }

    private static void Verify(in BuiltinCall call, Action read)
    {
        try
        {
            read();
        }
        catch (TlsMaterialException e)
        {
            throw call.Error(e.Message);
        }
    }

    private static void RequirePair(in BuiltinCall call, string certificate, string key)
    {
        if (call.Has(certificate) != call.Has(key))
        {
            throw call.Error($"{certificate}= and {key}= come together: {(call.Has(key) ? certificate : key)}= is missing");
        }
    }

    private static string? File(in BuiltinCall call, string parameter) =>
        call.OptionalText(parameter) is { } path ? Path.GetFullPath(path, call.Scope.Registry.Files.BaseDirectory) : null;

    private static List<string>? ReadProtocols(in BuiltinCall call)
    {
        if (!call.Has("alpn"))
        {
            return null;
        }

        var protocols = new List<string>();
        foreach (var item in call.Items("alpn"))
        {
            protocols.Add(item.TryGetString(out var text) && text.Length is > 0 and < 256 ? text : throw call.WrongType("alpn", "list of strings", item));
        }

        return protocols;
    }
}
