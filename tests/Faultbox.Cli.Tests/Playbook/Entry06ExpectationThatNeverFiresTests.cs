namespace Faultbox.Cli.Tests.Playbook;

/// <summary>"My matrix runs but the expectation never fires": the symptom, what the program says about it, and the fix it proposes.</summary>
public sealed class Entry06ExpectationThatNeverFiresTests : IDisposable
{
    private const string Symptom = """
        def answer():
            return send("write")
        disk = fault_assumption("disk", target = c, write = deny("EIO"))

        """;

    private readonly CallerService _caller = new();

    public void Dispose() => _caller.Dispose();

    [Fact]
    public void A_condition_that_is_only_returned_is_told_and_asserting_it_helps()
    {
        const string Why = "expectation returned False but did not fail";
        var run = _caller.Run(Symptom + "fault_matrix(scenarios = [answer], faults = [disk], default_expect = lambda r: r == \"OK\")\n").Exited(0);

        Assert.Equal("passed", run.OnlyRow.Text("outcome"));
        var finding = run.OnlyRow.GetProperty("diagnostics").EnumerateArray().Single(d => d.Text("code") == "EXPECTATION_RETURNED_FALSE");
        Assert.Equal(("warning", Why), (finding.Text("level"), finding.Text("message")));
        var cell = run.Json.GetProperty("matrix").GetProperty("cells").EnumerateArray().Single();
        Assert.Equal(Why, cell.GetProperty("warnings").EnumerateArray().Single().GetString());
        Assert.Matches(@"answer │ PASS \(\d+ms\) !\n", run.Error);
        Assert.Contains($"Warnings:\n  answer × disk: {Why}\n", run.Error, StringComparison.Ordinal);
        Assert.Contains($"WARNING: [EXPECTATION_RETURNED_FALSE] test_matrix_answer_disk: {Why}\n", run.Error, StringComparison.Ordinal);
        Assert.Contains("lambda r: assert_true(<that condition>)", run.Error, StringComparison.Ordinal);

        var fixedRun = _caller.Run(Symptom + "fault_matrix(scenarios = [answer], faults = [disk], default_expect = lambda r: assert_true(r == \"OK\", \"got \" + r))\n").Exited(2);

        Assert.Equal("expectation_violated", fixedRun.OnlyRow.Text("outcome"));
        Assert.StartsWith("got EIO at spec.star:", fixedRun.OnlyRow.Text("reason"), StringComparison.Ordinal);
        Assert.DoesNotContain("EXPECTATION_RETURNED_FALSE", fixedRun.Error, StringComparison.Ordinal);
    }
}
