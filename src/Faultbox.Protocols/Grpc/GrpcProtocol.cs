using System.Diagnostics;
using System.Globalization;
using System.Text;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Grpc.Client;
using Faultbox.Protocols.Grpc.Proxy;
using Faultbox.Protocols.Http;
using Faultbox.Protocols.Http2.Proxy;
using Faultbox.Protocols.Tcp;

namespace Faultbox.Protocols.Grpc;

/// <summary>gRPC: one step for a call, a probe, and a proxy that needs no schema.</summary>
internal sealed class GrpcProtocol : IProtocol
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(30);

    public string Name => "grpc";

    public ProxySupport Proxy { get; } = new()
    {
        Actions = [ProxyAction.Respond, ProxyAction.Error, ProxyAction.Delay, ProxyAction.Drop, ProxyAction.Wire],
        Matchers = ["method", "path", "host", "match_headers", "match_body"],
        DropModes = [DropMode.Default, DropMode.Close, DropMode.Reset, DropMode.Blackhole],
        Keywords = ["status", "body", "value", "message", "headers", "content_type", "delay", "phase", "code"],
        Tls = true,
        ApplicationProtocols = ["h2"],
        Check = GrpcDialect.Problem,
        Connections = new PrefaceRelay(new Http2Relay(new GrpcDialect()), HttpSupport.Http1.Connections!),
    };

    public IReadOnlyList<StepMethod> Methods { get; } =
        [new("call", [new("method", Required: true), new("body"), new("raw"), new("messages"), new("metadata"), new("timeout")])];

    public StepResponse Step(StepRequest request, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        var method = request["method"] as string;
        if (method is null || !method.StartsWith('/') || method.IndexOf('/', 1) < 0)
        {
            throw new StepArgumentException($"method must have the shape \"/package.Service/Method\", got {request["method"] ?? "None"}");
        }

        var call = new GrpcCall(
            string.Create(CultureInfo.InvariantCulture, $"{request.Host}:{request.Port}"),
            method,
            Messages(request),
            [.. request.Dictionary("metadata").Select(m => new KeyValuePair<string, string>(m.Key.ToLowerInvariant(), Text(m.Value)))],
            request.Duration("timeout", DefaultTimeout),
            request.Tls);
        var reply = call.SendAsync(cancellation).GetAwaiter().GetResult();
        return new StepResponse
        {
            Success = reply.Code == 0,
            Status = reply.Code,
            Body = reply.Messages is [var first, ..] ? first : [],
            Error = reply.Error,
            Duration = Stopwatch.GetElapsedTime(started),
            Headers = reply.Headers,
            Fields = [new("method", method)],
        };
    }

    public string? Probe(ProbeRequest request, CancellationToken cancellation) => new TcpProtocol().Probe(request, cancellation);

    /// <summary>The messages to send: raw bytes as they are, text as its bytes, and nothing for an empty object.</summary>
    private static IReadOnlyList<ReadOnlyMemory<byte>> Messages(StepRequest request)
    {
        if (request["messages"] is { } many)
        {
            return many is IReadOnlyList<object?> list
                ? [.. list.Select(Encode)]
                : throw StepValues.Wrong("messages", "a list", many);
        }

        return [Encode(request["raw"] ?? request["body"])];
    }

    private static ReadOnlyMemory<byte> Encode(object? value) => value switch
    {
        null or "" or "{}" => ReadOnlyMemory<byte>.Empty,
        byte[] raw => raw,
        string text => Encoding.UTF8.GetBytes(text),
        _ => throw StepValues.Wrong("body", "a string or bytes", value),
    };

    private static string Text(object? value) => value switch
    {
        string text => text,
        byte[] raw => Convert.ToBase64String(raw),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };
}
