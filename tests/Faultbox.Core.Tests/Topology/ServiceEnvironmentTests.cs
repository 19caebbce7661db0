using Faultbox.Core.Diagnostics;
using Faultbox.Core.Topology;
using static Faultbox.Core.Tests.Topology.Declared;

namespace Faultbox.Core.Tests.Topology;

public class ServiceEnvironmentTests
{
    private static readonly ServiceDefinition Db = Service("db", 5432);

    private readonly Dictionary<ProxyRoute, int> _proxied = new() { [new ProxyRoute("api", new InterfaceAddress("db", "main"))] = 41001 };

    [Fact]
    public void Each_name_occurs_once_and_the_specification_wins()
    {
        var built = Build([Db], host: [("A", "host"), ("FAULTBOX_DB_MAIN_PORT", "host"), ("_FAULTBOX_SECRET", "x")], env: [("A", "spec")]);

        Assert.Equal("spec", Value(built, "A"));
        Assert.Equal("5432", Value(built, "FAULTBOX_DB_MAIN_PORT"));
        Assert.DoesNotContain(built.Environment, e => e.StartsWith("_FAULTBOX_", StringComparison.Ordinal));
        Assert.Equal(built.Environment.Order(StringComparer.Ordinal), built.Environment);
        Assert.Equal(built.Environment.Count, built.Environment.DistinctBy(e => e.Split('=')[0]).Count());
    }

    [Fact]
    public void Every_interface_is_injected_with_its_plain_address()
    {
        var built = Build([Db]);

        Assert.Equal("localhost:5432", Value(built, "FAULTBOX_DB_MAIN_ADDR"));
        Assert.Equal("localhost", Value(built, "FAULTBOX_DB_MAIN_HOST"));
        Assert.Equal("localhost:8080", Value(built, "FAULTBOX_API_MAIN_ADDR"));
    }

    [Fact]
    public void A_proxied_interface_is_injected_and_written_as_its_proxy()
    {
        var built = Build([Db], proxies: _proxied, env: [("URL", "postgres://u:p@localhost:5432/x?host=db:5432"), ("OWN", "0.0.0.0:8080 localhost:8080")]);

        Assert.Equal("127.0.0.1:41001", Value(built, "FAULTBOX_DB_MAIN_ADDR"));
        Assert.Equal("postgres://u:p@127.0.0.1:41001/x?host=127.0.0.1:41001", Value(built, "URL"));
        Assert.Equal("0.0.0.0:8080 localhost:8080", Value(built, "OWN"));
    }

    [Theory]
    [InlineData("localhost:54321", "localhost:54321")]
    [InlineData("mylocalhost:5432", "mylocalhost:5432")]
    [InlineData("my-db:5432", "my-db:5432")]
    [InlineData("x.db:5432", "x.db:5432")]
    [InlineData("db:5432@host", "db:5432@host")]
    [InlineData("[::1]:5432", "127.0.0.1:41001")]
    [InlineData("db:5432,db:5432", "127.0.0.1:41001,127.0.0.1:41001")]
    [InlineData("tcp(127.0.0.1:5432)/x", "tcp(127.0.0.1:41001)/x")]
    public void Only_whole_addresses_are_rewritten(string text, string expected) =>
        Assert.Equal(expected, Value(Build([Db], proxies: _proxied, env: [("X", text)]), "X"));

    [Fact]
    public void Arguments_are_rewritten_too()
    {
        var plan = new AddressPlan { Services = [Api() with { Arguments = ["--db", "db:5432"] }, Db], ProxyPorts = _proxied };

        Assert.Equal(["--db", "127.0.0.1:41001"], ServiceEnvironment.Build(plan, plan.Services[0], []).Arguments);
    }

    [Fact]
    public void A_shared_port_means_the_dependency_and_is_left_alone_when_that_does_not_decide()
    {
        var other = Service("other", 5432);

        var decided = Build([Db, other], proxies: _proxied, after: ["db"], env: [("X", "localhost:5432")]);
        Assert.Equal("127.0.0.1:41001", Value(decided, "X"));
        Assert.Empty(decided.Findings);

        var open = Build([Db, other], proxies: _proxied, env: [("X", "localhost:5432"), ("Y", "db:5432")]);
        Assert.Equal("localhost:5432", Value(open, "X"));
        Assert.Equal("127.0.0.1:41001", Value(open, "Y"));
        var finding = Assert.Single(open.Findings);
        Assert.Equal("ADDRESS_AMBIGUOUS", finding.Code);
        Assert.Contains("db.main or other.main", finding.Message, StringComparison.Ordinal);
        Assert.Contains("env X", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Placeholders_become_the_proxy()
    {
        var built = Build([Db], proxies: _proxied, env:
            [("X", "__FB_PROXY_HOST_db__main__ and __FB_PROXY_PORT_db__main__; http://__FB_PROXY_ADDR_db__main__/x")]);

        Assert.Equal("127.0.0.1 and 41001; http://127.0.0.1:41001/x", Value(built, "X"));
        Assert.Empty(built.Findings);
    }

    [Fact]
    public void A_placeholder_of_an_interface_without_proxy_is_its_own_address_and_says_so()
    {
        var built = Build([Db], env: [("X", "__FB_PROXY_ADDR_db__main__")]);

        Assert.EndsWith(":5432", Value(built, "X"), StringComparison.Ordinal);
        Assert.Equal("NO_PROXY_FOR_PROTOCOL", Assert.Single(built.Findings).Code);
    }

    [Fact]
    public void A_placeholder_of_nothing_is_an_error_with_consumer_variable_and_text()
    {
        var error = Assert.Throws<CodedException>(() => Build([Db], env: [("X", "http://__FB_PROXY_ADDR_ghost__main__/")]));

        Assert.Equal("LAUNCH_FAILED", error.Code);
        Assert.All(["\"api\"", "env X", "__FB_PROXY_ADDR_ghost__main__ "], part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(ServiceKind.Binary, "/run/ca.pem")]
    [InlineData(ServiceKind.Container, "/faultbox/ca.pem")]
    public void The_certificate_of_the_run_is_where_the_consumer_finds_it(ServiceKind kind, string path)
    {
        var api = Service("api", kind: kind, env: [("CA", "file:__FB_PROXY_CA_db__main__")]);
        var plan = new AddressPlan { Services = [api, Db], ProxyPorts = _proxied, CertificateFile = "/run/ca.pem" };

        var built = ServiceEnvironment.Build(plan, api, []);

        Assert.Equal($"file:{path}", Value(built, "CA"));
        Assert.Equal(path, Value(built, "FAULTBOX_CA_FILE"));
        Assert.Equal(path, Value(built, "FAULTBOX_MOCK_CA"));
    }

    [Fact]
    public void A_certificate_where_nothing_speaks_tls_is_refused_with_the_reason()
    {
        var error = Assert.Throws<CodedException>(() => Build([Db], env: [("X", "__FB_PROXY_CA_db__main__")]));

        Assert.All(["\"api\"", "env X", "no interface speaks TLS", "tls_cert()"], part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(ServiceKind.Binary, "/run/sockets/api/web.main")]
    [InlineData(ServiceKind.Container, "/faultbox/sockets/web.main")]
    public void The_path_of_a_unix_socket_becomes_that_of_the_consumers_own(ServiceKind kind, string path)
    {
        var web = Service("web") with { Interfaces = [new InterfaceDefinition("main", "http", 0) { SocketPath = "/tmp/web.sock" }] };
        var api = Service("api", kind: kind, env: [("X", "unix:///tmp/web.sock http://unix:/tmp/web.sock:/ /tmp/web.sock2 /var/tmp/web.sock /tmp/web.sock/x")]);
        var route = new ProxyRoute("api", new InterfaceAddress("web", "main"));
        var plan = new AddressPlan
        {
            Services = [api, web],
            ProxyPorts = new Dictionary<ProxyRoute, int> { [route] = 41001 },
            ProxySockets = new Dictionary<ProxyRoute, string> { [route] = "/run/sockets/api/web.main" },
        };

        var built = ServiceEnvironment.Build(plan, api, []);

        Assert.Equal($"unix://{path} http://unix:{path}:/ /tmp/web.sock2 /var/tmp/web.sock /tmp/web.sock/x", Value(built, "X"));
        Assert.Equal(path, Value(built, "FAULTBOX_WEB_MAIN_SOCKET"));
        Assert.Equal("/tmp/web.sock", Value(ServiceEnvironment.Build(plan, web, []), "FAULTBOX_WEB_MAIN_SOCKET"));
    }

    [Fact]
    public void The_path_of_a_containers_socket_is_its_own_even_where_another_container_has_the_same()
    {
        const string Path = "/run/app.sock";
        InterfaceDefinition socket = new("main", "http", 0) { SocketPath = Path };
        var web = Service("web", kind: ServiceKind.Container) with { Interfaces = [socket] };
        var twin = Service("twin", kind: ServiceKind.Container, env: [("X", Path)]) with { Interfaces = [socket] };
        var api = Service("api", kind: ServiceKind.Container, env: [("X", Path)]);
        ProxyRoute[] routes = [new("api", new("web", "main")), new("twin", new("web", "main"))];
        var plan = new AddressPlan
        {
            Services = [api, web, twin],
            ProxyPorts = routes.ToDictionary(r => r, _ => 41001),
            ProxySockets = routes.ToDictionary(r => r, r => $"/run/sockets/{r.Consumer}/web.main"),
        };

        Assert.Equal("/faultbox/sockets/web.main", Value(ServiceEnvironment.Build(plan, api, []), "X"));
        Assert.Equal(Path, Value(ServiceEnvironment.Build(plan, twin, []), "X"));
    }

    [Fact]
    public void Remote_services_are_reached_at_their_upstream()
    {
        var plan = new AddressPlan
        {
            Services =
            [
                Api(env: ("X", "auth.example.com:443 auth:443")),
                Service("auth", 443, kind: ServiceKind.Remote) with
                {
                    Remote = new RemoteDefinition(
                        "auth.example.com", new Dictionary<string, HostPort> { ["main"] = new("auth.example.com", 443) }),
                },
            ],
        };

        var built = ServiceEnvironment.Build(plan, plan.Services[0], []);

        Assert.Equal("auth.example.com:443 auth.example.com:443", Value(built, "X"));
        Assert.Equal("auth.example.com", Value(built, "FAULTBOX_AUTH_MAIN_HOST"));
    }

    [Fact]
    public void Names_that_are_no_identifiers_have_two_spellings_unless_they_would_be_shared()
    {
        var built = Build([Service("order-service", 7000)]);
        Assert.Equal("7000", Value(built, "FAULTBOX_ORDER-SERVICE_MAIN_PORT"));
        Assert.Equal("7000", Value(built, "FAULTBOX_ORDER_SERVICE_MAIN_PORT"));

        ServiceDefinition[] colliding = [Service("order-service", 7000), Service("order_service", 7001)];
        built = Build(colliding);
        Assert.Equal("7000", Value(built, "FAULTBOX_ORDER-SERVICE_MAIN_PORT"));
        Assert.Equal("7001", Value(built, "FAULTBOX_ORDER_SERVICE_MAIN_PORT"));
        Assert.Equal("ENV_NAME_COLLISION", Assert.Single(AddressFindings.Of(colliding)).Code);
    }

    [Fact]
    public void Two_services_on_one_port_of_the_host_conflict()
    {
        var finding = Assert.Single(AddressFindings.Of([Service("a", 7000), Service("b", 7000), Service("c", 7000, kind: ServiceKind.Container)]));

        Assert.Equal("PORT_CONFLICT", finding.Code);
        Assert.Contains("\"a\" and \"b\"", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_ambiguous_address_of_a_faulted_interface_is_reported_as_a_bypass()
    {
        var api = Api(env: ("X", "localhost:5432"));
        var plan = new AddressPlan { Services = [api, Db, Service("other", 5432)], ProxyPorts = _proxied };

        var findings = AddressFindings.NotRewritten(api, ServiceEnvironment.Build(plan, api, []), plan, [new InterfaceAddress("db", "main")]);

        Assert.Equal("ADDRESS_NOT_REWRITTEN", Assert.Single(findings).Code);
    }

    private static ServiceDefinition Api(string[]? after = null, params (string, string)[] env) => Service("api", 8080, after, env: env);

    private static ServiceEnvironment Build(
        ServiceDefinition[] others,
        Dictionary<ProxyRoute, int>? proxies = null,
        (string Name, string Value)[]? host = null,
        (string, string)[]? env = null,
        string[]? after = null)
    {
        var api = Api(after, env ?? []);
        var plan = new AddressPlan { Services = [api, .. others], ProxyPorts = proxies ?? [] };
        return ServiceEnvironment.Build(plan, api, (host ?? []).Select(h => KeyValuePair.Create(h.Name, h.Value)));
    }

    private static string Value(ServiceEnvironment built, string name) =>
        Assert.Single(built.Environment, e => e.StartsWith(name + "=", StringComparison.Ordinal))[(name.Length + 1)..];
}
