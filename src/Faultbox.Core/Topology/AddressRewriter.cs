using System.Text;
using Faultbox.Core.Diagnostics;

namespace Faultbox.Core.Topology;

/// <summary>
/// Replaces the addresses of other services in texts of one consumer by the addresses at which it reaches them, and placeholders by what
/// they stand for. One scan from left to right: the longest key wins, and replaced text is never scanned again.
/// </summary>
public sealed class AddressRewriter
{
    private const string PlaceholderPrefix = "__FB_PROXY_";

    private readonly AddressPlan _plan;
    private readonly ServiceDefinition _consumer;
    private readonly List<Key> _keys = [];
    private readonly List<Ambiguity> _ambiguities = [];

    /// <summary>Prepares the rewriting for a consumer.</summary>
    public AddressRewriter(AddressPlan plan, ServiceDefinition consumer)
    {
        _plan = plan;
        _consumer = consumer;
        foreach (var service in plan.Services)
        {
            foreach (var endpoint in service.Interfaces)
            {
                AddPlaceholders(service, endpoint);
                if (service.Name != consumer.Name && plan.Rewrites(consumer.Name, service, endpoint))
                {
                    AddNames(service, endpoint);
                }
            }
        }

        AddLoopback();
        _keys.Sort((a, b) => b.Text.Length.CompareTo(a.Text.Length));
    }

    /// <summary>Rewrites a text.</summary>
    /// <param name="text">An environment value or an argument.</param>
    /// <param name="where">What the text is, for findings, for example <c>env DB_URL</c>.</param>
    /// <param name="findings">Receives what could not be decided.</param>
    /// <exception cref="CodedException">A placeholder names no declared interface.</exception>
    public string Rewrite(string text, string where, ICollection<Diagnostic> findings)
    {
        var result = new StringBuilder(text.Length);
        var position = 0;
        while (position < text.Length)
        {
            if (FindKey(text, position) is { } key)
            {
                result.Append(key.Replacement);
                position += key.Text.Length;
                if (key.PlaceholderWithoutProxy is { } target)
                {
                    findings.Add(NoProxy(where, target));
                }
            }
            else
            {
                RejectUnknownPlaceholder(text, position, where);
                result.Append(text[position++]);
            }
        }

        foreach (var ambiguity in _ambiguities.Where(a => a.Keys.Any(k => Occurs(text, k))))
        {
            findings.Add(Ambiguous(where, ambiguity));
        }

        return result.ToString();
    }

    /// <summary>True when a text contains a loopback address with the given port.</summary>
    internal static bool Mentions(string text, int port) => LoopbackKeys(port).Any(k => Occurs(text, k));

    /// <summary>True when a text contains an address that is not part of a longer one.</summary>
    internal static bool Contains(string text, string address) => Occurs(text, address);

    private Key? FindKey(string text, int position)
    {
        foreach (var key in _keys)
        {
            if (string.CompareOrdinal(text, position, key.Text, 0, key.Text.Length) == 0
                && (key.IsPlaceholder || (key.IsPath ? IsWholePath(text, position, key.Text.Length) : IsWhole(text, position, key.Text.Length))))
            {
                return key;
            }
        }

        return null;
    }

    /// <summary>An address counts only where it is not part of a longer name or number, nor the user part of a URL.</summary>
    private static bool IsWhole(string text, int start, int length)
    {
        var end = start + length;
        return (start == 0 || !(char.IsLetterOrDigit(text[start - 1]) || text[start - 1] is '_' or '-' or '.'))
            && (end == text.Length || !(char.IsAsciiDigit(text[end]) || text[end] == '@'));
    }

    /// <summary>A path counts only where it is not the end, the beginning or the directory of a longer one.</summary>
    private static bool IsWholePath(string text, int start, int length)
    {
        var end = start + length;
        return (start == 0 || !(char.IsLetterOrDigit(text[start - 1]) || text[start - 1] is '_' or '-' or '.'))
            && (end == text.Length || !(char.IsLetterOrDigit(text[end]) || text[end] is '_' or '-' or '.' or '/'));
    }

    private static bool Occurs(string text, string address)
    {
        for (var at = text.IndexOf(address, StringComparison.Ordinal); at >= 0; at = text.IndexOf(address, at + 1, StringComparison.Ordinal))
        {
            if (IsWhole(text, at, address.Length))
            {
                return true;
            }
        }

        return false;
    }

    private void AddNames(ServiceDefinition service, InterfaceDefinition endpoint)
    {
        if (endpoint.SocketPath is { } path)
        {
            if (_consumer.Interfaces.Any(i => i.SocketPath == path))
            {
                // Containers may have the same path each for itself: here it is the service's own.
                return;
            }

            _keys.Add(new Key(path, _plan.SocketFor(_consumer.Name, service, endpoint)) { IsPath = true });
            return;
        }

        var replacement = _plan.AddressFor(_consumer.Name, service, endpoint);
        if (service.Kind != ServiceKind.Mock || !_plan.IsContainer(_consumer.Name))
        {
            // A mock's name resolves in a container, to this host.
            _keys.Add(new Key($"{service.Name}:{endpoint.Port}", replacement));
        }

        if (service.Remote?.Upstreams.GetValueOrDefault(endpoint.Name) is { } upstream)
        {
            _keys.Add(new Key(upstream.ToString(), replacement));
            _keys.Add(new Key($"{upstream.Authority}:{endpoint.Port}", replacement));
        }
    }

    private void AddLoopback()
    {
        var own = _consumer.Interfaces.Select(i => i.Port).ToHashSet();
        var byPort = _plan.Services
            .Where(s => s.Name != _consumer.Name)
            .SelectMany(s => s.Interfaces.Select(i => (Service: s, Interface: i)))
            .Where(t => t.Interface.SocketPath is null && !own.Contains(t.Interface.Port) && _plan.Rewrites(_consumer.Name, t.Service, t.Interface))
            .GroupBy(t => t.Interface.Port);
        foreach (var sharing in byPort)
        {
            var keys = LoopbackKeys(sharing.Key);
            var candidates = sharing.ToList();
            var dependencies = candidates.Where(t => _consumer.DependsOn.Contains(t.Service.Name)).ToList();
            if (candidates.Count > 1 && dependencies.Count != 1)
            {
                _ambiguities.Add(new Ambiguity(keys, [.. candidates.Select(t => new InterfaceAddress(t.Service.Name, t.Interface.Name))]));
                continue;
            }

            var (service, endpoint) = candidates.Count == 1 ? candidates[0] : dependencies[0];
            var replacement = _plan.AddressFor(_consumer.Name, service, endpoint);
            _keys.AddRange(keys.Select(k => new Key(k, replacement)));
        }
    }

    private static string[] LoopbackKeys(int port) => [$"localhost:{port}", $"127.0.0.1:{port}", $"[::1]:{port}"];

    private void AddPlaceholders(ServiceDefinition service, InterfaceDefinition endpoint)
    {
        var target = new InterfaceAddress(service.Name, endpoint.Name);
        var address = _plan.AddressFor(_consumer.Name, service, endpoint);
        var colon = address.LastIndexOf(':');
        var host = address[..colon] == "localhost" ? "127.0.0.1" : address[..colon];
        InterfaceAddress? unproxied = service.Kind == ServiceKind.Mock || service.Name == _consumer.Name || _plan.IsProxied(_consumer.Name, target)
            ? null
            : target;
        AddPlaceholder("ADDR", target, $"{host}{address[colon..]}", unproxied);
        AddPlaceholder("HOST", target, host, unproxied);
        AddPlaceholder("PORT", target, address[(colon + 1)..], unproxied);
        if (_plan.CertificateFor(_consumer.Name) is { } certificate)
        {
            AddPlaceholder("CA", target, certificate, null);
        }
    }

    private void AddPlaceholder(string part, InterfaceAddress target, string replacement, InterfaceAddress? unproxied) => _keys.Add(
        new Key($"{PlaceholderPrefix}{part}_{target.Service}__{target.Interface}__", replacement)
        {
            IsPlaceholder = true,
            PlaceholderWithoutProxy = unproxied,
        });

    private void RejectUnknownPlaceholder(string text, int position, string where)
    {
        if (string.CompareOrdinal(text, position, PlaceholderPrefix, 0, PlaceholderPrefix.Length) != 0)
        {
            return;
        }

        var end = text.IndexOf("__", position + PlaceholderPrefix.Length, StringComparison.Ordinal);
        var second = end < 0 ? -1 : text.IndexOf("__", end + 2, StringComparison.Ordinal);
        var placeholder = second < 0 ? text[position..] : text[position..(second + 2)];
        if (placeholder.StartsWith($"{PlaceholderPrefix}CA_", StringComparison.Ordinal) && _plan.CertificateFile is null)
        {
            throw new CodedException(
                "LAUNCH_FAILED",
                $"service \"{_consumer.Name}\", {where}: proxy_ca is the certificate by which proxies are verified, and no interface speaks TLS; "
                + "give one tls = tls_cert(), or leave proxy_ca out");
        }

        throw new CodedException(
            "LAUNCH_FAILED",
            $"service \"{_consumer.Name}\", {where}: {placeholder} stands for no declared interface; "
            + "write proxy_addr, proxy_host or proxy_port of a declared interface and keep its text whole");
    }

    private Diagnostic NoProxy(string where, InterfaceAddress target) => new(
        "NO_PROXY_FOR_PROTOCOL",
        $"service \"{_consumer.Name}\", {where}: {target} has no proxy; its own address is used")
    {
        Service = _consumer.Name,
        Position = _consumer.Position,
    };

    private Diagnostic Ambiguous(string where, Ambiguity ambiguity) => new(
        "ADDRESS_AMBIGUOUS",
        $"service \"{_consumer.Name}\", {where}: {ambiguity.Keys[0]} may mean {string.Join(" or ", ambiguity.Targets)}; it is left as it is")
    {
        Service = _consumer.Name,
        Position = _consumer.Position,
    };

    private sealed record Key(string Text, string Replacement)
    {
        public bool IsPlaceholder { get; init; }

        public bool IsPath { get; init; }

        public InterfaceAddress? PlaceholderWithoutProxy { get; init; }
    }

    private sealed record Ambiguity(string[] Keys, IReadOnlyList<InterfaceAddress> Targets);
}
