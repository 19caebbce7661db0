using Faultbox.Core.Verdicts;

namespace Faultbox.Spec.Tests.Faults;

public sealed class PartitionTests
{
    [Theory]
    [InlineData("partition(a)", "partition() takes exactly two service arguments")]
    [InlineData("partition(a, b, a, run = f)", "partition() takes exactly two service arguments")]
    [InlineData("partition(3, b, run = f)", "first argument must be a service, got int")]
    [InlineData("partition(a, \"b\", run = f)", "second argument must be a service, got string")]
    [InlineData("partition(a, b, direction = \"up\", run = f)", "direction must be \"both\", \"a_to_b\" or \"b_to_a\", got \"up\"")]
    [InlineData("partition(a, b, seconds = 3, run = f)", "unknown keyword argument \"seconds\"; valid: direction, run")]
    [InlineData("partition(a, b, run = 3)", "run= must be a callable")]
    [InlineData("partition(a, b)", "partition_start()/partition_stop()")]
    [InlineData("partition(a, a, run = f)", "cannot partition \"a\" from itself")]
    [InlineData("partition(c, d, run = f)", "neither service declares an interface to cut")]
    [InlineData("partition_start(a, b, run = f)", "does not take run=")]
    [InlineData("partition_start(a)", "partition_start() takes exactly two service arguments")]
    [InlineData("partition_stop(a)", "partition_stop() takes exactly two service arguments")]
    [InlineData("partition_stop(a, b, direction = \"both\")", "unknown keyword argument \"direction\"")]
    [InlineData("partition_stop(b, a)", "no partition is active between these services")]
    public void Calls_that_cannot_act_say_why(string call, string message) =>
        Assert.Contains(message, ReasonOf(call), StringComparison.Ordinal);

    [Theory]
    [InlineData("partition(a, b, run = f)")]
    [InlineData("partition(a, b, direction = \"a_to_b\", run = f)")]
    [InlineData("partition_start(a, b)")]
    public void Without_the_packet_runtime_the_test_fails_and_says_what_is_missing(string call)
    {
        var reason = ReasonOf(call);
        Assert.All(["packet gateway", "gvisor", "pools connections"], word => Assert.Contains(word, reason, StringComparison.Ordinal));
    }

    private static string ReasonOf(string call)
    {
        var test = SpecRun.One($"""
            {SpecRun.LineService("a")}{SpecRun.LineService("b")}
            c = service("c", "/bin/sleep", args = ["60"])
            d = service("d", "/bin/sleep", args = ["60"])
            def f():
                fail("the callable must not run")
            def test_x():
                {call}
            """);
        Assert.Equal(Result.Fail, test.Result);
        return test.Reason!;
    }
}
