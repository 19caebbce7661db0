namespace Faultbox.Cli.Tests.Proxies;

/// <summary>Which addresses services are given, and that they stay those.</summary>
[Trait("Category", "Slow")]
public sealed class AddressItemsTests : IDisposable
{
    private readonly Workspace _space = new();

    public void Dispose() => _space.Dispose();

    [Fact]
    public void Item_19_ports_outlive_their_services_and_a_reused_consumer_reaches_those_of_every_test()
    {
        var run = _space.Test($$"""
            {{Peers.Python("a", "dialer.py")}}
            {{Peers.Python("b", "dialer.py")}}
            {{Peers.Python("app", "dialer.py", environment: "{\"A\": a.main.proxy_addr, \"B\": b.main.proxy_addr}", more: ", depends_on = [a, b], reuse = True")}}
            def reach():
                addresses = [app.main.send(data = "env " + n) for n in ["A", "B"]]
                for address in addresses:
                    assert_eq(app.main.send(data = "say %s ping" % address), "pong")
                return addresses
            def test_1():
                return reach()
            def test_2():
                return reach()
            def test_3():
                return reach()
            """).Exited(0);

        string[] names = ["test_1", "test_2", "test_3"];
        var rows = names.Select(run.Row).ToList();
        Assert.Single(rows.Select(r => r.Text("return_value")).Distinct());
        IEnumerable<string> Proxies(string service) => rows.Select(r => string.Join(' ', r.GetProperty("events").EnumerateArray()
            .Where(e => e.Text("type") is "proxy_started" or "proxy_active" && e.Text("service") == service)
            .Select(e => $"{e.Text("type")} {e.Field("mode")} {e.Field("listen")}")));
        Assert.All(["a", "b"], s => Assert.StartsWith("proxy_started passthrough", Assert.Single(Proxies(s).Distinct()), StringComparison.Ordinal));
        Assert.Equal(["proxy_started passthrough", "proxy_active reused", "proxy_active reused"], Proxies("app").Select(p => p[..p.LastIndexOf(' ')]));
        Assert.Single(Proxies("app").Select(p => p[(p.LastIndexOf(' ') + 1)..]).Distinct());
    }

    [Theory]
    [InlineData("127.0.0.1", null)]
    [InlineData("::", null)]
    [InlineData("127.0.0.2", "services reach proxies at 127.0.0.1, which 127.0.0.2 does not serve; write 127.0.0.1, 0.0.0.0, or ::")]
    [InlineData("::1", "services reach proxies at 127.0.0.1, which ::1 does not serve")]
    [InlineData("here", "\"here\" is no IP address")]
    public void Proxies_are_bound_where_services_are_told_that_they_are(string address, string? message)
    {
        _space.Write("spec.star", Peers.Python("a", "dialer.py") + "def test_x():\n    assert_eq(a.main.send(data = \"ping\"), \"pong\")\n");

        var run = _space.RunProgram("/usr/bin/env", $"FAULTBOX_PROXY_BIND={address}", Workspace.Program, "test", "spec.star", "--no-bundle");

        Assert.Contains(message is null ? "1 passed" : $"FAULTBOX_PROXY_BIND: {message}", run.Exited(message is null ? 0 : 1).Error, StringComparison.Ordinal);
    }

    /// <summary>Ports of a network namespace of its own, since programs of this machine may have them.</summary>
    [Fact]
    public void Item_20_addresses_in_the_environment_are_rewritten_each_to_its_own_proxy()
    {
        _space.Write("spec.star", $$"""
            {{Peers.Python("one", "dialer.py", port: 80)}}
            {{Peers.Python("two", "dialer.py", port: 8080)}}
            {{Peers.Python("db", "dialer.py", port: 5432)}}
            {{Peers.Python("app", "dialer.py", port: 7000, more: ", depends_on = [one, two, db]",
                environment: "{\"A\": \"http://localhost:80/\", \"B\": \"http://localhost:8080/\", \"C\": \"mydb:5432,db:5432\", \"BIND\": \"127.0.0.1:7000\"}")}}
            def test_environment():
                one, two, db = [app.main.send(data = "env FAULTBOX_%s_MAIN_ADDR" % n) for n in ["ONE", "TWO", "DB"]]
                assert_eq(len({one: 1, two: 1, db: 1, "127.0.0.1:80": 1, "127.0.0.1:8080": 1, "127.0.0.1:5432": 1}), 6)
                assert_eq(app.main.send(data = "env A"), "http://%s/" % one)
                assert_eq(app.main.send(data = "env B"), "http://%s/" % two)
                assert_eq(app.main.send(data = "env C"), "mydb:5432,%s" % db)
                assert_eq(app.main.send(data = "env BIND"), "127.0.0.1:7000")
            """);
        _space.Write("run.sh", $"ip link set lo up\nexec {Workspace.Program} test spec.star --no-bundle --format json\n");

        _space.RunProgram("unshare", "--net", "sh", "run.sh").Exited(0);
    }

    [Fact]
    public void Item_29_a_placeholder_is_one_text_and_a_part_of_any_other()
    {
        _space.Test($$"""
            {{Peers.Python("db", "dialer.py")}}
            if [db.main.proxy_addr] * 3 != ["__FB_PROXY_ADDR_db__main__", db.main.proxy_addr, "" + db.main.proxy_addr]:
                fail(db.main.proxy_addr)
            {{Peers.Python("app", "dialer.py", more: ", depends_on = [db]", environment:
                "{\"DSN\": \"postgres://u:p@\" + db.main.proxy_addr + \"/x?b=\" + db.main.proxy_addr, \"ADDR\": db.main.proxy_addr, \"HOST\": db.main.proxy_host, \"PORT\": db.main.proxy_port}")}}
            def test_placeholders():
                address = app.main.send(data = "env ADDR")
                assert_eq(app.main.send(data = "env DSN"), "postgres://u:p@%s/x?b=%s" % (address, address))
                port = app.main.send(data = "env PORT")
                assert_eq((app.main.send(data = "env HOST"), str(int(port)), address), ("127.0.0.1", port, "127.0.0.1:" + port))
                assert_eq(type(db.main.proxy_port), "string")
            """).Exited(0);
    }
}
