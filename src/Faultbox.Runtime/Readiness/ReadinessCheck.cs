using Faultbox.Core.Topology;
using Faultbox.Protocols;
using Faultbox.Protocols.Relay;
using Faultbox.Protocols.Tls;
using Faultbox.Runtime.Containers;
using Faultbox.Runtime.Services;

namespace Faultbox.Runtime.Readiness;

/// <summary>One attempt of a check: null when the service is ready, otherwise the cause.</summary>
/// <param name="limit">Bound of this attempt.</param>
/// <param name="cancellation">Ends the attempt.</param>
internal delegate string? ReadinessAttempt(TimeSpan limit, CancellationToken cancellation);

/// <summary>A readiness gate bound to a launched service.</summary>
internal sealed class ReadinessCheck
{
    private static readonly TimeSpan AddressAttempt = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AddressPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ProtocolAttempt = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ProtocolPause = TimeSpan.FromMilliseconds(250);

    private ReadinessCheck()
    {
    }

    /// <summary>Name for progress lines.</summary>
    public required string Kind { get; init; }

    /// <summary>What is asked, as it is written.</summary>
    public required string Place { get; init; }

    /// <summary>Bound of the whole check.</summary>
    public required TimeSpan Limit { get; init; }

    /// <summary>Bound of one attempt.</summary>
    public required TimeSpan AttemptLimit { get; init; }

    /// <summary>Pause before the second attempt; doubles until <see cref="LongestPause"/>.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>Longest pause between attempts.</summary>
    public required TimeSpan LongestPause { get; init; }

    /// <summary>Asks once.</summary>
    public required ReadinessAttempt Attempt { get; init; }

    /// <summary>Text of a failure from the last cause, which may be null.</summary>
    public required Func<string?, string> FailureText { get; init; }

    /// <summary>The check of a service.</summary>
    /// <param name="instance">The launched service; it has a healthcheck.</param>
    /// <param name="session">Session that conditions of the specification act on.</param>
    public static ReadinessCheck For(ServiceInstance instance, TestSession session)
    {
        var service = instance.Definition;
        return service.Healthcheck switch
        {
            TcpHealthcheck tcp => For(tcp, instance, session.Plan),
            HttpHealthcheck http => For(http, new Uri(MappedAddress.Of(http.Url, service, session.Plan))),
            UdpHealthcheck udp => For(udp, instance, session.Plan),
            ProtocolHealthcheck protocol => For(protocol, instance, session.Plan),
            ConditionHealthcheck condition => For(condition, service, session),
            _ => throw new InvalidOperationException($"unknown healthcheck of service {service.Name}"),
        };
    }

    private static ReadinessCheck For(TcpHealthcheck check, ServiceInstance instance, AddressPlan plan)
    {
        var service = instance.Definition;
        var address = MappedAddress.Of(check.Address, service, plan);
        return new()
        {
            Kind = check.Kind,
            Place = check.Address,
            Limit = check.Timeout,
            AttemptLimit = AddressAttempt,
            LongestPause = AddressPause,
            Attempt = (limit, cancellation) => Protocols.Readiness.Tcp(
                address, service.Kind == ServiceKind.Container, ServedPort.Question(instance, address, plan), limit, cancellation),
            FailureText = last => $"TCP healthcheck \"{check.Address}\" timed out after {Durations.Text(check.Timeout)}{Last(last)}",
        };
    }

    private static ReadinessCheck For(HttpHealthcheck check, Uri url) => new()
    {
        Kind = check.Kind,
        Place = check.Url,
        Limit = check.Timeout,
        AttemptLimit = AddressAttempt,
        LongestPause = AddressPause,
        Attempt = (limit, cancellation) =>
            Protocols.Readiness.Http(url, check.ExpectStatus, check.Tls is { } tls ? TlsTrust.Toward(tls) : null, limit, cancellation),
        FailureText = last => $"HTTP healthcheck \"{check.Url}\" timed out after {Durations.Text(check.Timeout)}{Last(last)}",
    };

    private static ReadinessCheck For(UdpHealthcheck check, ServiceInstance instance, AddressPlan plan)
    {
        var target = check.Target(instance.Definition.Interfaces)!;
        var address = plan.Direct(instance.Definition, target);
        var behind = ServedPort.Question(instance, target);
        return new()
        {
            Kind = check.Kind,
            Place = address.ToString(),
            Limit = check.Timeout,
            AttemptLimit = AddressAttempt,
            LongestPause = AddressPause,
            Attempt = (limit, cancellation) => Protocols.Readiness.Udp(
                check.Question, check.Reply, new ProbeRequest(address.Authority, address.Port, null, limit) { Behind = behind }, cancellation),
            FailureText = last => $"udp not ready at {address} after {Durations.Text(check.Timeout)}{Colon(last)}",
        };
    }

    private static ReadinessCheck For(ProtocolHealthcheck check, ServiceInstance instance, AddressPlan plan)
    {
        var service = instance.Definition;
        var targets = Targets(check, service);
        return new()
        {
            Kind = check.Kind,
            Place = string.Join(", ", targets.Select(t => t.SocketPath ?? plan.Direct(service, t).ToString())),
            Limit = check.Timeout,
            AttemptLimit = ProtocolAttempt,
            LongestPause = ProtocolPause,
            Attempt = (limit, cancellation) => Probe(
                targets,
                t => new ProbeRequest(plan.Direct(service, t).Authority, plan.Direct(service, t).Port, check.Path, limit)
                {
                    IsRelayed = service.Kind == ServiceKind.Container || t.SocketPath is not null,
                    Behind = Behind(instance, t, limit),
                    Tls = t.Tls is { } tls ? TlsTrust.Toward(tls) : null,
                },
                cancellation),
            FailureText = last =>
                $"{string.Join(", ", targets.Select(t => t.Protocol).Distinct())} not ready after {Durations.Text(check.Timeout)}{Colon(last)}",
        };
    }

    private static ReadinessCheck For(ConditionHealthcheck check, ServiceDefinition service, TestSession session)
    {
        var condition = check.Condition;
        return new()
        {
            Kind = check.Kind,
            Place = $"wait_until at {condition.Position.File}:{condition.Position.Line}",
            Limit = check.Timeout,
            AttemptLimit = check.Timeout,
            FirstPause = check.Interval,
            LongestPause = check.Interval,
            Attempt = (_, cancellation) =>
            {
                var outcome = condition.Invoke(new CallbackContext($"ready:{service.Name}", session, cancellation));
                return outcome is { Succeeded: true, Truthy: true } ? null : outcome.Description;
            },
            FailureText = last =>
                $"wait_until at {condition.Position.File}:{condition.Position.Line} not satisfied after {Durations.Text(check.Timeout)}{Colon(last)}",
        };
    }

    private static IReadOnlyList<InterfaceDefinition> Targets(ProtocolHealthcheck check, ServiceDefinition service) =>
        check.All ? service.Interfaces
        : check.Interface is { } name ? [.. service.Interfaces.Where(i => i.Name == name)]
        : service.Interfaces.Count == 1 ? service.Interfaces
        : [.. service.Interfaces.Where(i => i.Name == "default")];

    private static string? Probe(
        IReadOnlyList<InterfaceDefinition> targets, Func<InterfaceDefinition, ProbeRequest> requestFor, CancellationToken cancellation)
    {
        foreach (var target in targets)
        {
            var protocol = ProtocolRegistry.Find(target.Protocol) ?? ProtocolRegistry.Find("tcp")!;
            if (protocol.Probe(requestFor(target), cancellation) is { } cause)
            {
                return targets.Count == 1 ? cause : $"{target.Name}: {cause}";
            }
        }

        return null;
    }

    /// <summary>How the service itself is asked where something is in front of it; null where nothing is.</summary>
    private static Func<CancellationToken, string?>? Behind(ServiceInstance instance, InterfaceDefinition target, TimeSpan limit)
    {
        var container = instance.Process as ContainerProcess;
        return target.SocketPath is { } path
            ? cancellation => Protocols.Readiness.UnixSocket(ProxyUpstream.UnixSocket(path, container?.ProcessId), limit, cancellation)
            : ServedPort.Question(instance, target);
    }

    private static string Last(string? cause) => cause is null ? "" : $" (last: {cause})";

    private static string Colon(string? cause) => cause is null ? "" : $": {cause}";
}
