using Faultbox.Cli.Tests;

namespace Faultbox.Containers.Tests;

/// <summary>System-call faults in containers, from the command line to the JSON document.</summary>
[Trait("Category", "Slow")]
public sealed class InterceptionTests(EngineFixture engine) : IDisposable
{
    private readonly Workspace _space = new();

    public void Dispose() => _space.Dispose();

    [Fact]
    public async Task A_fault_fires_in_the_child_of_an_entry_point_script_without_libraries_or_privileges()
    {
        ImageContexts.Busybox(_space);

        var run = Test("busybox", """
            def test_c():
                assert_eq(send("user"), "1000")
                assert_eq(send("x"), "stored")
                fault(c, write = deny("EIO", first = 1), run = lambda: assert_eq(send("x"), "lost"))
                assert_eq(send("x"), "stored")
            """).Exited(0);

        var denied = Assert.Single(run.Events("syscall"), e => e.Field("decision") == "deny(input/output error)");
        Assert.Equal("/data/log", denied.Field("path"));
        Assert.Empty(await engine.FootprintAsync());
    }

    [Fact]
    public void A_fault_fires_in_a_java_virtual_machine()
    {
        ImageContexts.Jvm(_space);

        Test("jvm", """
            def test_c():
                assert_eq(send("x"), "stored")
                fault(c, store = deny("EIO"), run = lambda: assert_eq(send("x"), "lost"))
                assert_eq(send("x"), "stored")
            """, """, ops = {"store": op(syscalls = ["write"], path = "/data/**")}""").Exited(0);
    }

    [Theory]
    [InlineData("internal_addr")]
    [InlineData("proxy_addr")]
    public void A_destination_named_by_a_container_is_recognized_however_it_is_reached(string attribute)
    {
        ImageContexts.Busybox(_space);

        var run = Test("busybox", $$"""
            d = service("d", interface("main", "tcp", 7000), build = "./busybox", healthcheck = tcp("localhost:7000"),
                depends_on = [c], env = {"PEER": c.main.{{attribute}}})
            e = service("e", interface("main", "tcp", 7000), build = "./busybox", healthcheck = tcp("localhost:7000"))
            def relay():
                return d.main.send(data = "relay")
            def test_c():
                fault(d, connect = deny("ECONNREFUSED", to = c), run = lambda: assert_true(relay() != "stored"))
                fault(d, connect = deny("ECONNREFUSED", to = c.main), run = lambda: assert_true(relay() != "stored"))
                fault(d, connect = deny("ECONNREFUSED", to = e), run = lambda: assert_eq(relay(), "stored"))
            """).Exited(0);

        Assert.Equal(2, run.Events("syscall").Count(e => e.Field("decision") == "deny(connection refused)"));
        Assert.Contains(run.Events("syscall"), e => e.Text("service") == "d" && e.Field("dest")?.EndsWith(":7000", StringComparison.Ordinal) == (attribute == "internal_addr") && e.Field("decision") == "allow");
    }

    [Fact]
    public void A_destination_is_followed_to_the_address_of_a_restarted_container()
    {
        ImageContexts.Busybox(_space);

        var run = Test("busybox", """
            d = service("d", interface("main", "tcp", 7000), build = "./busybox", healthcheck = tcp("localhost:7000"),
                depends_on = [c], env = {"PEER": c.main.internal_addr})
            e = service("e", interface("main", "tcp", 7000), build = "./busybox", healthcheck = tcp("localhost:7000"))
            def relay():
                return d.main.send(data = "relay")
            def test_c():
                def body():
                    assert_true(relay() != "stored")
                    crash(c)
                    restart(e) # takes the address that c has left
                    restart(c)
                    assert_true(relay() != "stored")
                fault(d, connect = deny("ECONNREFUSED", to = c), run = body)
                assert_eq(relay(), "stored")
            """).Exited(0);

        var refused = run.Events("syscall").Where(e => e.Field("decision") == "deny(connection refused)").Select(e => e.Field("dest")).ToList();
        Assert.Equal(2, refused.Distinct().Count());
    }

    [Fact]
    public void A_connection_of_a_container_to_another_one_is_declared()
    {
        ImageContexts.Busybox(_space);

        var run = Test("busybox", """
            determinism(allow = ["clock", "rand", "dns"])
            d = service("d", interface("main", "tcp", 7000), build = "./busybox", healthcheck = tcp("localhost:7000"),
                depends_on = [c], env = {"PEER": c.main.internal_addr})
            def test_c():
                fault(d, connect = allow(), run = lambda: assert_eq(d.main.send(data = "relay"), "stored"))
            """).Exited(0);

        Assert.Contains(run.Events("syscall"), e => e.Text("service") == "d" && e.Field("dest")?.EndsWith(":7000", StringComparison.Ordinal) == true);
        Assert.DoesNotContain(run.Events("unmediated_io"), e => e.Field("category") == "network-unmediated");
    }

    [Fact]
    public void The_calls_of_the_launcher_itself_may_be_intercepted()
    {
        ImageContexts.Busybox(_space);

        var run = Test("busybox", """
            def test_c():
                def body():
                    assert_eq(send("x"), "stored")
                fault(c, read = delay("1ms"), write = delay("1ms"), sendmsg = deny("EIO"), connect = deny("EIO"), run = body)
            """).Exited(0);

        Assert.Contains(run.Events("syscall"), e => e.Field("syscall") == "read");
    }

    [Fact]
    public void A_container_without_faults_keeps_the_entry_point_and_arguments_of_its_image()
    {
        ImageContexts.Busybox(_space);

        Test("busybox", """
            def test_c():
                assert_eq(send("user"), "1000")
            """).Exited(0);
    }

    [Fact]
    public void A_container_that_opted_out_is_not_intercepted()
    {
        ImageContexts.Busybox(_space);

        var run = Test("busybox", """
            def test_c():
                fault(c, write = deny("EIO"), run = lambda: assert_eq(send("x"), "stored"))
            """, ", seccomp = False");

        Assert.DoesNotContain(run.Events("syscall"), e => e.Field("decision") == "deny(input/output error)");
    }

    private Execution Test(string context, string body, string more = "") => _space.Test($"""
        c = service("c", interface("main", "tcp", 7000), build = "./{context}", healthcheck = tcp("localhost:7000"){more})
        def send(line):
            return c.main.send(data = line)

        """ + body);
}
