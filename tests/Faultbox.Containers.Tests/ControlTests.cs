using Faultbox.Cli.Tests;

namespace Faultbox.Containers.Tests;

/// <summary>Crashes, restarts and pauses of containers.</summary>
[Trait("Category", "Slow")]
public sealed class ControlTests(EngineFixture engine) : IDisposable
{
    private readonly Workspace _space = new();

    public void Dispose() => _space.Dispose();

    [Fact]
    public void A_crashed_container_starts_again_at_the_same_address_under_the_same_faults() => Test("""
        def test_c():
            before = c.main.addr
            crash(c)
            restart(c)
            assert_eq(c.main.addr, before)
            fault(c, write = deny("EIO", first = 1), run = lambda: assert_eq(send("x"), "lost"))
        """);

    [Fact]
    public void A_container_dies_at_the_call_that_a_fault_names() => Test("""
        def test_c():
            fault(c, write = kill(first = 1), run = lambda: c.main.send(data = "x"))
            restart(c)
            assert_eq(send("x"), "stored")
        """);

    [Fact]
    public void A_paused_container_goes_on_where_it_was() => Test("""
        def test_c():
            pause(c)
            resume(c)
            assert_eq(send("x"), "stored")
            fault(c, write = deny("EIO", first = 1), run = lambda: assert_eq(send("x"), "lost"))
        """);

    [Fact]
    public async Task A_container_that_is_left_paused_is_removed_all_the_same()
    {
        Test("""
            def test_c():
                assert_eq(send("x"), "stored")
                pause(c)
            """);

        Assert.Empty(await engine.FootprintAsync());
    }

    private void Test(string body)
    {
        ImageContexts.Busybox(_space);
        _space.Test("""
            c = service("c", interface("main", "tcp", 7000), build = "./busybox", healthcheck = tcp("localhost:7000"))
            def send(line):
                return c.main.send(data = line)

            """ + body).Exited(0);
    }
}
