using Faultbox.Core.Topology;
using Faultbox.Spec.Execution;
using Faultbox.Spec.Registry;
using Faultbox.Spec.Values;
using Starlark;

namespace Faultbox.Spec.Topology;

/// <summary>The readiness gates: <c>tcp()</c>, <c>http()</c>, <c>ready()</c>, <c>wait_until()</c>.</summary>
internal static class HealthcheckBuiltins
{
    private static readonly TimeSpan AddressTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ProtocolTimeout = TimeSpan.FromSeconds(30);

    /// <summary><c>tcp()</c>.</summary>
    public static BuiltinDeclaration Tcp { get; } = new(
        "tcp",
        "Ready when a TCP connection is accepted.",
        (in BuiltinCall call) =>
        {
            var address = call.Scope.Registry.ResolvePlaceholders(call.Text("addr"));
            var bare = address.StartsWith("tcp://", StringComparison.Ordinal) ? address["tcp://".Length..] : address;
            var colon = bare.LastIndexOf(':');
            if (colon <= 0 || !ushort.TryParse(bare.AsSpan(colon + 1), out var port) || port == 0)
            {
                throw call.Error($"addr must be host:port, got \"{address}\"");
            }

            return Value.Of(new HealthcheckValue(new TcpHealthcheck(bare) { Timeout = call.PositiveDuration("timeout", AddressTimeout) }));
        },
        ParameterDeclaration.Required("addr", "string", "host:port; a prefix tcp:// is allowed."),
        ParameterDeclaration.Optional("timeout", "duration", "\"10s\"", "Bound of the whole check."))
    {
        Returns = "healthcheck",
    };

    /// <summary><c>http()</c>.</summary>
    public static BuiltinDeclaration Http { get; } = new(
        "http",
        "Ready when a GET is answered with an accepted status.",
        RunHttp,
        ParameterDeclaration.Required("url", "string", "URL; http:// is added when there is no scheme."),
        ParameterDeclaration.Optional("timeout", "duration", "\"10s\"", "Bound of the whole check."),
        ParameterDeclaration.Optional("expect_status", "int or list of ints", "200 to 399", "Accepted statuses."),
        ParameterDeclaration.Optional("insecure", "bool", "False", "Accept any certificate of an https URL."),
        ParameterDeclaration.Optional("ca", "string", "None", "Authorities that verify the server of an https URL, PEM; those of the system without it."))
    {
        Returns = "healthcheck",
    };

    /// <summary><c>ready()</c>.</summary>
    public static BuiltinDeclaration Ready { get; } = new(
        "ready",
        "Ready when the service answers in the protocol of its interface.",
        (in BuiltinCall call) =>
        {
            if (call.Rest.Length > 0)
            {
                throw new SpecException("ready() takes no positional arguments; write ready(timeout = \"30s\")");
            }

            var all = call.Flag("all", false);
            if (all && call.Has("interface"))
            {
                throw call.Error("interface= and all=True exclude each other");
            }

            return Value.Of(new HealthcheckValue(new ProtocolHealthcheck(call.OptionalText("interface"), all, call.OptionalText("path"))
            {
                Timeout = call.PositiveDuration("timeout", ProtocolTimeout),
            }));
        },
        new ParameterDeclaration("args", "", "None are taken.") { Form = ParameterForm.Rest },
        ParameterDeclaration.Keyword("timeout", "duration", "\"30s\"", "Bound of the whole check."),
        ParameterDeclaration.Keyword("interface", "string", "the only one, or \"default\"", "Interface to ask."),
        ParameterDeclaration.Keyword("all", "bool", "False", "Ask every interface."),
        ParameterDeclaration.Keyword("path", "string", "\"/\"", "Request path; with a path the status must be 200 to 399."))
    {
        Returns = "healthcheck",
    };

    /// <summary><c>wait_until()</c>.</summary>
    public static BuiltinDeclaration WaitUntil { get; } = new(
        "wait_until",
        "Ready when a condition of the specification is truthy; an error counts as not yet.",
        (in BuiltinCall call) => Value.Of(new HealthcheckValue(new ConditionHealthcheck(
            SpecCallbacks.Create(call.Scope.Registry, ScopeKind.Ready, call.Callable("condition") ?? throw call.Error("missing required argument condition"), call.Position),
            call.PositiveDuration("interval", TimeSpan.FromMilliseconds(250)))
        {
            Timeout = call.PositiveDuration("timeout", ProtocolTimeout),
        })),
        ParameterDeclaration.Required("condition", "callable", "Called without arguments; may make steps."),
        ParameterDeclaration.Optional("timeout", "duration", "\"30s\"", "Bound of the whole check."),
        ParameterDeclaration.Optional("interval", "duration", "\"250ms\"", "Pause after each attempt."))
    {
        Returns = "healthcheck",
    };

    private static Value RunHttp(in BuiltinCall call)
    {
        var text = call.Scope.Registry.ResolvePlaceholders(call.Text("url"));
        var full = text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text;
        var isSecure = full.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
        if (!(isSecure || full.StartsWith("http://", StringComparison.OrdinalIgnoreCase)) || !Uri.TryCreate(full, UriKind.Absolute, out var url) || url.Host.Length == 0)
        {
            throw call.Error($"url is not an HTTP address: \"{text}\"");
        }

        return Value.Of(new HealthcheckValue(new HttpHealthcheck(full, Statuses(call))
        {
            Timeout = call.PositiveDuration("timeout", AddressTimeout),
            Tls = ReadTls(call, isSecure),
        }));
    }

    private static TlsDefinition? ReadTls(in BuiltinCall call, bool isSecure)
    {
        if (!call.Has("insecure") && !call.Has("ca"))
        {
            return null;
        }

        if (!isSecure)
        {
            throw call.Error($"{(call.Has("ca") ? "ca" : "insecure")}= needs an https URL, got \"{call.Text("url")}\"");
        }

        return TlsBuiltin.ReadTrust(call);
    }

    private static List<int> Statuses(in BuiltinCall call)
    {
        if (!call.Has("expect_status"))
        {
            return [];
        }

        var value = call["expect_status"];
        var items = value.TryGetItems(out var list) ? list : [value];
        var statuses = new List<int>();
        foreach (var item in items)
        {
            if (item.TypeName != "int" || !item.TryGetInt64(out var status))
            {
                throw call.WrongType("expect_status", "int or list of ints", item);
            }

            if (status is < 100 or > 599)
            {
                throw call.Error($"expect_status must be between 100 and 599, got {status}");
            }

            statuses.Add((int)status);
        }

        return statuses;
    }
}
