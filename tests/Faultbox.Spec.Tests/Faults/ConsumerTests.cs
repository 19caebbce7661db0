using Faultbox.Core.Verdicts;

namespace Faultbox.Spec.Tests.Faults;

/// <summary>Services that talk to each other through the proxies, without knowing of them.</summary>
public sealed class ConsumerTests
{
    private static readonly string Dialer = Path.Combine(AppContext.BaseDirectory, "Programs", "dialer.py");

    [Fact]
    public void Item_23_a_source_limits_a_window_to_one_consumer()
    {
        var test = SpecRun.One(SpecRun.LineService("q") + Service("api", "{\"Q\": q.main.proxy_addr}") + Service("worker", "{\"Q\": q.main.proxy_addr}")
            + """
            def ask(s):
                return s.main.send(data = "say " + s.main.send(data = "env Q") + " ping")
            def body():
                assert_eq(ask(worker), "(eof)")
                assert_eq(ask(api), "pong")
                assert_eq(q.main.send(data = "ping"), "pong")
            def test_x():
                fault(q.main, drop(), source = worker, run = body)
                assert_eq(ask(worker), "pong")

            """);

        Assert.True(test.Result == Result.Pass, test.Reason);
        Assert.Equal("worker", Assert.Single(test.Log.OfType("proxy")).Field("consumer"));
        Assert.Equal("worker", Assert.Single(test.Log.OfType("proxy_fault_applied")).Field("source"));
    }

    [Fact]
    public void Item_21_a_cycle_of_three_is_proxied_on_all_six_links()
    {
        var ports = new[] { FreePort.Next(), FreePort.Next(), FreePort.Next() };
        var nodes = string.Concat(Enumerable.Range(0, 3).Select(i =>
        {
            var peers = Enumerable.Range(0, 3).Where(j => j != i).Select(j => $"\"P{j}\": \"localhost:{ports[j]}\"");
            return Service($"n{i}", $"{{{string.Join(", ", peers)}}}", ports[i]);
        }));
        var test = SpecRun.One(nodes + """
            def test_x():
                nodes = [n0, n1, n2]
                for i in range(3):
                    for j in range(3):
                        if i != j:
                            peer = nodes[i].main.send(data = "env P%d" % j)
                            assert_eq(nodes[i].main.send(data = "say " + peer + " ping"), "pong")

            """);

        Assert.True(test.Result == Result.Pass, test.Reason);
        Assert.Equal(
            ["n0>n1", "n0>n2", "n1>n0", "n1>n2", "n2>n0", "n2>n1"],
            test.Log.OfType("proxy_conn_open").Where(e => e.Field("consumer") != "test").Select(e => $"{e.Field("consumer")}>{e.Service}").Order());
    }

    [Fact]
    public void Item_16_a_pooled_idle_connection_is_dropped_when_the_window_opens()
    {
        var test = SpecRun.One(SpecRun.LineService("q") + Service("api", "{\"Q\": q.main.proxy_addr}") + """
            def test_x():
                q_addr = api.main.send(data = "env Q")
                assert_eq(api.main.send(data = "keep " + q_addr), "pong")
                fault(q.main, drop(), run = lambda: assert_eq(api.main.send(data = "kept"), "closed"))

            """);

        Assert.True(test.Result == Result.Pass, test.Reason);
        var dropped = test.Log.OfType("proxy").Single();
        Assert.True(dropped.Sequence < test.Log.OfType("step_send").Last().Sequence, "dropped before anything moves on it");
        Assert.True(dropped.Sequence > test.Log.OfType("proxy_fault_applied").Single().Sequence, "no effect comes before its window");
    }

    [Fact]
    public void Addresses_are_rewritten_whole_and_never_the_services_own()
    {
        var (first, own) = (FreePort.Next(), FreePort.Next());
        var environment = $"{{\"A\": \"http://localhost:{first}/\", \"B\": \"http://localhost:{first}0/\", \"C\": \"mydb:{first},db:{first}\", "
            + $"\"OWN\": \"127.0.0.1:{own}\", \"V6\": \"[::1]:{first}\"}}";
        var test = SpecRun.One(Service("db", "{}", first) + Service("api", environment, own) + $"""
            def test_x():
                proxy = api.main.send(data = "env FAULTBOX_DB_MAIN_ADDR")
                assert_eq(api.main.send(data = "env A"), "http://" + proxy + "/")
                assert_eq(api.main.send(data = "env B"), "http://localhost:{first}0/")
                assert_eq(api.main.send(data = "env C"), "mydb:{first}," + proxy)
                assert_eq(api.main.send(data = "env OWN"), "127.0.0.1:{own}")
                assert_eq(api.main.send(data = "env V6"), proxy)
                assert_true(proxy != "127.0.0.1:{first}")

            """);

        Assert.True(test.Result == Result.Pass, test.Reason);
    }

    [Fact]
    public void An_idle_rule_names_the_consumers_and_the_address_each_was_given()
    {
        var test = SpecRun.One(SpecRun.LineService("q") + Service("api", "{\"Q\": q.main.proxy_addr}") + """
            def test_x():
                fault(q.main, drop(), run = lambda: None)
                assert_true(True)

            """);

        Assert.Matches(
            "^no connection reached the proxy of q.main in this test: api \\(127\\.0\\.0\\.1:\\d+\\) got its address but did not connect",
            Assert.Single(test.Faults).Hint);
    }

    private static string Service(string name, string environment, int? port = null)
    {
        var number = port ?? FreePort.Next();
        return $"{name} = service(\"{name}\", \"python3\", interface(\"main\", \"tcp\", {number}), args = [\"{Dialer}\", \"{number}\"], "
            + $"env = {environment}, healthcheck = tcp(\"localhost:{number}\"))\n";
    }
}
