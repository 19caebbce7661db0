namespace Faultbox.Core.Topology;

/// <summary>
/// The variables that tell a service where every interface is: <c>FAULTBOX_&lt;SERVICE&gt;_&lt;INTERFACE&gt;_HOST</c>, <c>_PORT</c>,
/// <c>_ADDR</c>, and for one on a unix socket <c>_SOCKET</c>. Names that are no plain identifiers exist in a second spelling with <c>_</c> for every other character, unless two
/// interfaces would share it.
/// </summary>
public static class InjectedVariables
{
    /// <summary>Variables for a consumer.</summary>
    public static IEnumerable<KeyValuePair<string, string>> For(AddressPlan plan, string consumer)
    {
        var interfaces = plan.Services.SelectMany(s => s.Interfaces.Select(i => (Service: s, Interface: i))).ToList();
        var shared = SharedSpellings(plan.Services).Select(g => g.Key).ToHashSet(StringComparer.Ordinal);
        foreach (var (service, endpoint) in interfaces)
        {
            var address = plan.AddressFor(consumer, service, endpoint);
            var exact = Prefix(service, endpoint);
            var plain = Sanitize(exact);
            var socket = endpoint.SocketPath is null ? null : plan.SocketFor(consumer, service, endpoint);
            foreach (var variable in Variables(exact, address, socket))
            {
                yield return variable;
            }

            if (plain != exact && !shared.Contains(plain))
            {
                foreach (var variable in Variables(plain, address, socket))
                {
                    yield return variable;
                }
            }
        }

        if (plan.CertificateFor(consumer) is { } certificate)
        {
            yield return new("FAULTBOX_CA_FILE", certificate);
            yield return new("FAULTBOX_MOCK_CA", certificate);
        }
    }

    /// <summary>Interfaces of different services that would share a plain spelling, by that spelling.</summary>
    internal static IEnumerable<IGrouping<string, InterfaceAddress>> SharedSpellings(IReadOnlyList<ServiceDefinition> services) =>
        services.SelectMany(s => s.Interfaces.Select(i => (Plain: Sanitize(Prefix(s, i)), Address: new InterfaceAddress(s.Name, i.Name))))
            .GroupBy(t => t.Plain, t => t.Address, StringComparer.Ordinal)
            .Where(g => g.Count() > 1);

    private static string Prefix(ServiceDefinition service, InterfaceDefinition endpoint) =>
        $"FAULTBOX_{service.Name.ToUpperInvariant()}_{endpoint.Name.ToUpperInvariant()}";

    private static string Sanitize(string name) =>
        string.Create(name.Length, name, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = char.IsAsciiLetterUpper(source[i]) || char.IsAsciiDigit(source[i]) ? source[i] : '_';
            }
        });

    private static KeyValuePair<string, string>[] Variables(string prefix, string address, string? socket)
    {
        var colon = address.LastIndexOf(':');
        return
        [
            new($"{prefix}_HOST", address[..colon]),
            new($"{prefix}_PORT", address[(colon + 1)..]),
            new($"{prefix}_ADDR", address),
            .. socket is null ? [] : new KeyValuePair<string, string>[] { new($"{prefix}_SOCKET", socket) },
        ];
    }
}
