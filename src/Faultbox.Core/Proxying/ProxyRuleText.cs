using System.Globalization;
using Faultbox.Core.Topology;

namespace Faultbox.Core.Proxying;

/// <summary>Rules as text for events, results and messages.</summary>
public static class ProxyRuleText
{
    /// <summary>The builtin that makes the rule: <c>response</c>, <c>error</c>, <c>delay</c>, <c>drop</c>, <c>duplicate</c>, or the name of a fault on streams, handshakes, datagrams or messages of one protocol.</summary>
    public static string Builtin(ProxyFault fault) => fault.Action switch
    {
        ProxyAction.Respond => "response",
        ProxyAction.Wire => $"wire.{fault.Wire?.Name}",
        ProxyAction.Tls => $"tls_fault.{fault.Tls?.Name}",
        ProxyAction.Datagram => $"dgram.{fault.Datagram?.Name}",
        ProxyAction.Grpc => $"grpc_fault.{fault.Grpc?.Name}",
        ProxyAction.Http => $"http_fault.{fault.Http?.Name}",
        _ => InterfaceRules.ActionName(fault),
    };

    /// <summary>The rule as a specification writes it, parameters at their default left out, without the payload of its answer: <c>error(method="POST", status=503)</c>.</summary>
    public static string Of(ProxyFault fault)
    {
        List<string> parts = [];
        if (fault.Matcher.ToString() is { Length: > 0 } matcher)
        {
            parts.Add(matcher);
        }

        parts.AddRange(fault.Http?.Arguments ?? fault.Grpc?.Arguments ?? []);
        parts.AddRange(FaultParameters.Of(fault).Select(p => p.Text));
        Add("dir", fault.Wire is null && fault.Direction != TrafficDirection.ClientToServer ? FaultParameters.Name(fault.Direction) : null);
        Add("source", fault.Source);
        AddNumberOrName("status", fault.Status);
        AddNumberOrName("code", fault.Code);
        Add("delay", fault.Delay > TimeSpan.Zero ? Durations.Text(fault.Delay) : null);
        Add("mode", fault.DropMode == DropMode.Default ? null : Name(fault.DropMode));
        Add("phase", fault.OnResponse ? "response" : null);
        Add("label", fault.Label);
        if (fault.Trigger != Faults.Trigger.Always)
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{fault.Trigger.Kind.ToString().ToLowerInvariant()}={fault.Trigger.Count}"));
        }

        if (fault.Probability < 1)
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"probability={fault.Probability}"));
        }

        return $"{Builtin(fault)}({string.Join(", ", parts)})";

        void Add(string name, string? value)
        {
            if (value is not null)
            {
                parts.Add($"{name}=\"{value}\"");
            }
        }

        void AddNumberOrName(string name, string? value)
        {
            if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && value == number.ToString(CultureInfo.InvariantCulture))
            {
                parts.Add($"{name}={value}");
            }
            else
            {
                Add(name, value);
            }
        }
    }

    /// <summary>A way of dropping as specifications write it.</summary>
    public static string Name(DropMode mode) => mode switch
    {
        DropMode.Close => "close",
        DropMode.Reset => "rst",
        DropMode.Blackhole => "blackhole",
        DropMode.Message => "message",
        DropMode.Acknowledgement => "ack",
        _ => "",
    };
}
