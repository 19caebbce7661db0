using Faultbox.Cli.Tests;

namespace Faultbox.Containers.Tests;

/// <summary>Proxies stand between containers, whatever address the specification gives to the consumer.</summary>
[Trait("Category", "Slow")]
public sealed class ProxyTests : IDisposable
{
    private readonly Workspace _space = new();

    public void Dispose() => _space.Dispose();

    [Theory]
    [InlineData("internal_addr")]
    [InlineData("proxy_addr")]
    public void Item_22_a_message_fault_reaches_the_connection_of_another_container(string attribute)
    {
        ImageContexts.Busybox(_space);

        _space.Test($$"""
            c = service("c", interface("main", "tcp", 7000), build = "./busybox", healthcheck = tcp("localhost:7000"))
            d = service("d", interface("main", "tcp", 7000), build = "./busybox", healthcheck = tcp("localhost:7000"),
                depends_on = [c], env = {"PEER": c.main.{{attribute}}})
            def relay():
                return d.main.send(data = "relay")
            def test_c():
                assert_eq(relay(), "stored")
                fault(c.main, response(body = "garbled"), run = lambda: assert_eq(relay(), "garbled"))
                assert_eq(relay(), "stored")
            """).Exited(0);
    }

    [Fact]
    public void Containers_reach_each_other_by_name_when_no_fault_needs_the_proxy()
    {
        ImageContexts.Busybox(_space);

        _space.Test("""
            c = service("c", interface("main", "tcp", 7000), build = "./busybox", healthcheck = tcp("localhost:7000"))
            d = service("d", interface("main", "tcp", 7000), build = "./busybox", healthcheck = tcp("localhost:7000"),
                depends_on = [c], env = {"PEER": c.main.internal_addr})
            def test_c():
                assert_eq(d.main.send(data = "relay"), "stored")
            """).Exited(0);
    }
}
