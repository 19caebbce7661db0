using System.Globalization;
using System.Runtime.CompilerServices;
using Faultbox.Core.Topology;
using Faultbox.Protocols;
using Faultbox.Spec.Loading;
using Starlark;

namespace Faultbox.Spec.Values;

/// <summary>An interface of a service: its addresses and its steps.</summary>
internal sealed class InterfaceRefValue : SpecValue
{
    private static readonly string[] Addresses = ["addr", "host", "port", "internal_addr", "proxy_addr", "proxy_host", "proxy_port", "proxy_ca"];

    private readonly Dictionary<string, StepMethodValue> _steps;
    private readonly SpecRegistry _registry;

    /// <summary>Creates the value.</summary>
    /// <param name="service">The service.</param>
    /// <param name="definition">The endpoint.</param>
    /// <param name="registry">The specification it belongs to.</param>
    public InterfaceRefValue(ServiceValue service, InterfaceDefinition definition, SpecRegistry registry)
    {
        _registry = registry;
        Service = service;
        Definition = definition;
        var methods = ProtocolRegistry.Find(definition.Protocol)?.Methods ?? [];
        _steps = methods.ToDictionary(m => m.Name, m => new StepMethodValue(this, m), StringComparer.Ordinal);
    }

    /// <summary>The service.</summary>
    public ServiceValue Service { get; }

    /// <summary>The endpoint.</summary>
    public InterfaceDefinition Definition { get; }

    /// <summary>Names of service and interface.</summary>
    public InterfaceAddress Address => new(Service.Name, Definition.Name);

    /// <summary>Step methods of the protocol, in documentation order.</summary>
    public IEnumerable<string> StepNames => _steps.Keys;

    /// <inheritdoc/>
    public override string TypeName => "interface_ref";

    /// <inheritdoc/>
    public override IEnumerable<string> AttributeNames => Addresses.Concat(_steps.Keys);

    /// <inheritdoc/>
    protected override string Choice => _steps.Count == 0
        ? $"{Definition.Protocol} has no steps"
        : $"the steps of {Definition.Protocol} are {string.Join(", ", _steps.Keys)}";

    /// <inheritdoc/>
    protected override string Description => $"interface_ref {Address}";

    private string PlainAddress => Definition.SocketPath is { } path ? $"unix:{path}" : string.Create(CultureInfo.InvariantCulture, $"localhost:{Definition.Port}");

    /// <summary>What the proxy is to the test itself while one runs, else the text that stands for it.</summary>
    private string OfProxy(string kind)
    {
        var placeholder = Placeholders.For(kind, Address);
        return _registry.Running is { } running
            ? Placeholders.Resolve(placeholder, [Address], running.AddressOf, running.CertificateFile)
            : placeholder;
    }

    /// <summary>Finds a step method.</summary>
    public bool TryGetStep(string name, out Value value)
    {
        var found = _steps.TryGetValue(name, out var step);
        value = found ? Value.Of(step!) : default;
        return found;
    }

    /// <inheritdoc/>
    public override bool TryGetAttribute(string name, out Value value)
    {
        switch (name)
        {
            case "addr":
                value = Value.Of(Definition.SocketPath is null && _registry.Running is { } running ? running.HostAddressOf(Address) : PlainAddress);
                return true;
            case "internal_addr":
                value = Value.Of(Service.Definition.Kind == ServiceKind.Container && Definition.SocketPath is null
                    ? string.Create(CultureInfo.InvariantCulture, $"{Service.Name}:{Definition.Port}")
                    : PlainAddress);
                return true;
            case "host":
                value = Value.Of("localhost");
                return true;
            case "port":
                value = Value.Of(Definition.Port);
                return true;
            case "proxy_addr":
                value = Value.Of(OfProxy("ADDR"));
                return true;
            case "proxy_host":
                value = Value.Of(OfProxy("HOST"));
                return true;
            case "proxy_port":
                value = Value.Of(OfProxy("PORT"));
                return true;
            case "proxy_ca":
                value = Value.Of(OfProxy("CA"));
                return true;
            default:
                return TryGetStep(name, out value);
        }
    }

    /// <inheritdoc/>
    public override bool TryHash(out int h)
    {
        h = RuntimeHelpers.GetHashCode(this);
        return true;
    }
}
