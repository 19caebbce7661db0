using Faultbox.Core.Proxying;
using Faultbox.Protocols.Grpc.Client;
using Faultbox.Protocols.Grpc.Proxy;
using Faultbox.Protocols.Http.Proxy;
using Faultbox.Protocols.Http2.Proxy;
using Faultbox.Protocols.Tcp;

namespace Faultbox.Protocols.Grpc;

/// <summary>gRPC: one step for a call, a probe, and a proxy that needs no schema.</summary>
internal sealed class GrpcProtocol : IProtocol
{
    private static readonly Http2Relay Http2 = new Http2Relay(new GrpcDialect());

    public string Name => "grpc";

    public ProxySupport Proxy { get; } = new()
    {
        Actions = [ProxyAction.Respond, ProxyAction.Error, ProxyAction.Delay, ProxyAction.Drop, ProxyAction.Grpc, ProxyAction.Wire, ProxyAction.Tls],
        Matchers = ["method", "path", "host", "match_headers", "match_body"],
        DropModes = [DropMode.Default, DropMode.Close, DropMode.Reset, DropMode.Blackhole],
        Keywords = ["status", "body", "value", "message", "headers", "content_type", "delay", "phase", "code"],
        Tls = true,
        ApplicationProtocols = ["h2"],
        Check = GrpcDialect.Problem,
        Encode = GrpcAnswer.Encode,
        Connections = new PrefaceRelay(Http2, new HttpRelay(Http2, (path, contentType) => new WebCall(path, contentType))),
    };

    public IReadOnlyList<StepMethod> Methods { get; } =
        [new("call", [new("method", Required: true, GrpcStep.MethodShape), new("body"), new("raw"), new("messages"), new("metadata"), new("timeout")])];

    public StepResponse Step(StepRequest request, CancellationToken cancellation) => new GrpcStep(request).Run(cancellation);

    public string? Probe(ProbeRequest request, CancellationToken cancellation) =>
        new TcpProtocol().Probe(request, cancellation) ?? HealthCheck.Ask(request, cancellation);
}
