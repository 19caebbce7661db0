using Faultbox.Cli.Tests.Remotes;

namespace Faultbox.Cli.Tests.Rules;

/// <summary><c>http_fault.*</c> in a specification with a real server: outcome, events and rule text.</summary>
[Trait("Category", "Slow")]
public sealed class HttpFaultTests : IDisposable
{
    private readonly Workspace _space = new();
    private readonly int _port = FreePort.Next();

    public void Dispose() => _space.Dispose();

    [Fact]
    public void A_truncated_answer_is_a_failed_step_and_the_next_one_is_whole()
    {
        var run = Test("""
            def test_cut():
                def body():
                    r = web.get(path = "/cut")
                    assert_true(not r.ok)
                    assert_eq(r.status, 0)
                    assert_eq(r.error, "connection closed before the response was complete")
                    assert_eq(web.get(path = "/whole").status, 200)
                fault(web.main, http_fault.truncate("50%", path = "/cut", label = "half"), run = body)
                assert_eq(web.get(path = "/cut").status, 200)
            """).Exited(0);

        AssertActed(run, "http_fault.truncate(path=\"/cut\", at=\"50%\", label=\"half\")",
            ("action", "truncate"), ("protocol", "http"), ("method", "GET"), ("path", "/cut"), ("at", "50%"), ("how", "close"),
            ("label", "half"), ("rule", "half"), ("interface", "main"), ("consumer", "test"));
    }

    private Execution Test(string body, string protocol = "http") => _space.Test($$"""
        web = service("web", "/usr/bin/python3", interface("main", "{{protocol}}", {{_port}}), args = ["{{WebHost.Script("webhost.py")}}", "127.0.0.1", "{{_port}}"], healthcheck = tcp("localhost:{{_port}}"))

        {{body}}
        """);

    /// <summary>One event with the fields, and the text of its rule in the result.</summary>
    private static void AssertActed(Execution run, string rule, params (string Name, string Value)[] fields)
    {
        var acted = Assert.Single(run.Events("proxy"));
        Assert.All(fields, f => Assert.Equal(f.Value, acted.Field(f.Name)));
        Assert.Equal(rule, run.OnlyRow.GetProperty("faults")[0].Text("rule"));
    }
}
