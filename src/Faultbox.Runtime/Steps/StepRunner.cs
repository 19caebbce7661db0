using System.Collections.Concurrent;
using System.Globalization;
using Faultbox.Core.Diagnostics;
using Faultbox.Core.Events;
using Faultbox.Core.Topology;
using Faultbox.Protocols;
using Faultbox.Protocols.Relay;
using Faultbox.Protocols.Tls;
using Faultbox.Runtime.Execution;

namespace Faultbox.Runtime.Steps;

/// <summary>A step as the specification asked for it.</summary>
/// <param name="Target">Interface to talk to.</param>
/// <param name="Method">Step method of its protocol.</param>
/// <param name="Arguments">Keywords in the order written.</param>
/// <param name="Phase">On whose behalf.</param>
/// <param name="SpecName">Name of the running test when its own function made the call; otherwise null.</param>
internal sealed record StepCall(
    InterfaceAddress Target, string Method, IReadOnlyList<KeyValuePair<string, object?>> Arguments, StepPhase Phase, string? SpecName);

/// <summary>Performs the steps of one test and keeps account of them.</summary>
/// <param name="run">The run.</param>
/// <param name="log">Events of the test.</param>
/// <param name="report">Takes diagnostics.</param>
/// <param name="isUnderFault">Whether a fault is in force anywhere: a step that fails meanwhile says nothing about readiness.</param>
internal sealed class StepRunner(RunContext run, EventLog log, Action<Diagnostic> report, Func<bool> isUnderFault)
{
    private const string ProxyHost = "127.0.0.1";
    private const int RememberedEvents = 64;

    private readonly Lock _gate = new();
    private readonly Queue<long> _recent = new();
    private readonly ConcurrentDictionary<InterfaceAddress, StepService> _services = new();

    /// <summary>What was stepped and what of it succeeded, in bodies only.</summary>
    public StepLedger Ledger { get; } = new();

    /// <summary>Performs and records one step.</summary>
    public StepResponse Run(StepCall call, CancellationToken cancellation)
    {
        var (service, declared) = Find(call.Target);
        var protocol = ProtocolRegistry.Find(declared.Protocol)
            ?? throw new SessionException($"{call.Target}: protocol \"{declared.Protocol}\" has no steps");
        var events = new StepEvents(log, call.Target, call.Method, call.Phase, call.SpecName);
        var sent = events.Send(declared.Protocol, call.Arguments);
        Remember(call.Phase, sent);
        var proxy = ProxyOf(call.Target, call.Phase);
        var (host, port) = PlaceOf(proxy, service, declared);
        var request = new StepRequest(host, port, call.Method, call.Arguments)
        {
            Tls = TrustOf(declared, isProxied: proxy is not null),
            Service = _services.GetOrAdd(call.Target, _ => ServiceOf(service, declared)),
        };
        var response = protocol.Step(request, cancellation);
        Remember(call.Phase, events.Receive(response));
        if (call.Phase != StepPhase.Ready)
        {
            Account(call, response, service, declared);
        }

        return response;
    }

    /// <summary><c>host:port</c> at which the driver reaches an interface.</summary>
    public string AddressOf(InterfaceAddress target)
    {
        var (service, declared) = Find(target);
        var (host, port) = PlaceOf(ProxyOf(target, StepPhase.Ready), service, declared);
        return string.Create(CultureInfo.InvariantCulture, $"{host}:{port}");
    }

    /// <summary>Sequence numbers of the latest call and reply events of bodies, oldest first.</summary>
    public IReadOnlyList<long> RecentEvents(int max)
    {
        lock (_gate)
        {
            return [.. _recent.TakeLast(max)];
        }
    }

    /// <summary>
    /// The proxy that a step goes through; null while it does not stand in front of the service yet. The body of a test begins when all do, and
    /// what it then meets is what a consumer does, also when the service has ended.
    /// </summary>
    private InterfaceProxy? ProxyOf(InterfaceAddress target, StepPhase phase) =>
        run.Proxies.Find(target) is { } proxy && (proxy.State == ProxyState.Relaying || (phase == StepPhase.Body && proxy.State == ProxyState.Orphaned))
            ? proxy
            : null;

    /// <summary>The driver's own port of the proxy, or the service itself.</summary>
    private (string Host, int Port) PlaceOf(InterfaceProxy? proxy, ServiceDefinition service, InterfaceDefinition declared) =>
        proxy is not null
            ? (ProxyHost, proxy.PortOf(EventNames.Driver))
            : (run.Plan.Direct(service, declared).Authority, run.Plan.Direct(service, declared).Port);

    private StepService ServiceOf(ServiceDefinition service, InterfaceDefinition declared)
    {
        var place = run.Plan.Direct(service, declared);
        return new StepService(place.Authority, place.Port) { Tls = TrustOf(declared, isProxied: false), Schema = declared.Schema };
    }

    private TlsTrust? TrustOf(InterfaceDefinition declared, bool isProxied) =>
        declared.Tls is not { } tls ? null : isProxied ? run.Security.TowardProxy(tls) : TlsTrust.Toward(tls);

    private (ServiceDefinition Service, InterfaceDefinition Interface) Find(InterfaceAddress target)
    {
        var service = run.Spec.FindService(target.Service) ?? throw new SessionException($"no such service \"{target.Service}\"");
        return (service, service.FindInterface(target.Interface)
            ?? throw new SessionException($"service \"{target.Service}\" has no interface \"{target.Interface}\""));
    }

    private void Remember(StepPhase phase, long sequence)
    {
        if (phase != StepPhase.Body)
        {
            return;
        }

        lock (_gate)
        {
            _recent.Enqueue(sequence);
            if (_recent.Count > RememberedEvents)
            {
                _recent.Dequeue();
            }
        }
    }

    private void Account(StepCall call, StepResponse response, ServiceDefinition service, InterfaceDefinition declared)
    {
        var isFirst = Ledger.Add(call.Target, response.Success, counts: call.Phase == StepPhase.Body);
        if (!isFirst || response.Success || isUnderFault())
        {
            return;
        }

        if (WhyNotReached(call.Target, service) is { } why)
        {
            report(new Diagnostic(
                "UPSTREAM_NOT_REACHED",
                $"the first step on \"{service.Name}\" failed ({response.Error}), because the proxy of {call.Target} did not reach the service: {why}")
            {
                Service = service.Name,
            });
        }
        else if (service.Healthcheck is TcpHealthcheck)
        {
            var line = declared.Protocol == "http"
                ? string.Create(CultureInfo.InvariantCulture, $"healthcheck = http(\"http://localhost:{declared.Port}/\", expect_status = 200)")
                : "healthcheck = ready()";
            report(new Diagnostic(
                "TCP_READY_TOO_EARLY",
                $"the first step on \"{service.Name}\" after its tcp() check failed ({response.Error}): "
                + $"the port was open before the service could answer; write {line}")
            {
                Service = service.Name,
            });
        }
    }

    /// <summary>
    /// Why the proxy of an interface has not reached the service, where no readiness check would have helped: the service was not accepted, or
    /// is not where it is said to be; null otherwise.
    /// </summary>
    private string? WhyNotReached(InterfaceAddress target, ServiceDefinition service)
    {
        var handshake = log.OfType("proxy_tls_handshake_failed").LastOrDefault(e => IsOf(e) && e.Field("leg") == "upstream");
        if (handshake is not null)
        {
            return $"TLS: {handshake.Field("error")}";
        }

        return service.Remote is null
            ? null
            : log.OfType("proxy_upstream_error").LastOrDefault(e => IsOf(e) && e.Field("phase") == "dial")?.Field("error");

        bool IsOf(TraceEvent e) => e.Service == target.Service && e.Field("interface") == target.Interface;
    }
}
