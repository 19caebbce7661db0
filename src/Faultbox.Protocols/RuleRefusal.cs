using Faultbox.Core.Proxying;
using Faultbox.Core.Topology;

namespace Faultbox.Protocols;

/// <summary>Refuses rules that a protocol could never apply: a rule that cannot fire is a lie.</summary>
public static class RuleRefusal
{
    /// <summary>Why a rule cannot apply to an interface of a protocol, with what can; null when it can.</summary>
    /// <param name="target">The interface.</param>
    /// <param name="support">What the proxy of its protocol can do.</param>
    /// <param name="fault">The rule.</param>
    public static string? Of(InterfaceDefinition target, ProxySupport support, ProxyFault fault)
    {
        var protocol = target.Protocol;
        var builtin = ProxyRuleText.Builtin(fault);
        if (!support.Actions.Contains(fault.Action))
        {
            return $"{builtin}() cannot apply to {protocol}, which supports {string.Join(", ", support.Actions.Select(NameOf))}";
        }

        if (fault.Tls is { } handshake)
        {
            // A handshake is the same whatever protocol follows it.
            return OnHandshakes(builtin, target.Tls, handshake);
        }

        if (MatchersOf(fault.Matcher).FirstOrDefault(m => !support.Matchers.Contains(m)) is { } matcher)
        {
            return $"{builtin}({matcher}=...) can never match on {protocol}, which matches by {string.Join(", ", support.Matchers)}";
        }

        if (KeywordsOf(fault).FirstOrDefault(k => !support.Keywords.Contains(k)) is { } keyword)
        {
            return $"{builtin}({keyword}=...) means nothing on {protocol}"
                + (support.Keywords.Count == 0 ? "" : $", which takes {string.Join(", ", support.Keywords)}");
        }

        if (!support.DropModes.Contains(fault.DropMode))
        {
            var modes = support.DropModes.Where(m => m != DropMode.Default).Select(m => $"\"{ProxyRuleText.Name(m)}\"").ToList();
            return $"drop(mode=\"{ProxyRuleText.Name(fault.DropMode)}\") is not possible on {protocol}"
                + (modes.Count == 0 ? ", which drops in one way only: leave mode= out" : $", which knows {string.Join(", ", modes)}");
        }

        return support.Check(fault);
    }

    private static string? OnHandshakes(string builtin, TlsDefinition? tls, TlsFault fault) => tls switch
    {
        null => $"{builtin}() acts on TLS handshakes, of which there are none without tls=: give the interface tls=tls_cert(...)",
        { ProxyCertificate: not null } when fault is TlsFlawedCertificate { Flaw: not CertificateFlaw.Untrusted } =>
            $"{builtin}() needs a certificate issued for the run, and the interface shows its own: leave proxy_cert= and cert= out, or use tls_fault.untrusted()",
        _ => null,
    };

    private static string NameOf(ProxyAction action) => action switch
    {
        ProxyAction.Respond => "response()",
        ProxyAction.Error => "error()",
        ProxyAction.Delay => "delay()",
        ProxyAction.Drop => "drop()",
        ProxyAction.Duplicate => "duplicate()",
        ProxyAction.Tls => "tls_fault.*",
        ProxyAction.Datagram => "dgram.*",
        ProxyAction.Http => "http_fault.*",
        ProxyAction.Grpc => "grpc_fault.*",
        _ => "wire.*",
    };

    private static IEnumerable<string> MatchersOf(MessageMatcher matcher)
    {
        (bool IsSet, string Name)[] parts =
        [
            (matcher.Method is not null, "method"),
            (matcher.Path is not null, "path"),
            (matcher.Query is not null, "query"),
            (matcher.Command is not null, "command"),
            (matcher.Key is not null, "key"),
            (matcher.Topic is not null, "topic"),
            (matcher.Host is not null, "host"),
            (matcher.Headers.Count > 0, "match_headers"),
            (matcher.QueryParameters.Count > 0, "match_query"),
            (!matcher.Body.IsEmpty, "match_body"),
        ];
        return parts.Where(p => p.IsSet).Select(p => p.Name);
    }

    private static IEnumerable<string> KeywordsOf(ProxyFault fault)
    {
        (bool IsSet, string Name)[] parts =
        [
            (fault.Status is not null, "status"),
            (fault.Body is not null, "body"),
            (fault.Message is not null, "message"),
            (fault.Code is not null, "code"),
            (fault.Headers.Count > 0, "headers"),
            (fault.ContentType is not null, "content_type"),
            (fault.Delay > TimeSpan.Zero && fault.Action is ProxyAction.Respond or ProxyAction.Error, "delay"),
            (fault.OnResponse, "phase"),
            (fault.Direction != TrafficDirection.ClientToServer && fault.Action != ProxyAction.Wire, "dir"),
        ];
        return parts.Where(p => p.IsSet).Select(p => p.Name);
    }
}
