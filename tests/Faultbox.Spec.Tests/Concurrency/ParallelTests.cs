using Faultbox.Core.Verdicts;

namespace Faultbox.Spec.Tests.Concurrency;

public sealed class ParallelTests
{
    [Fact]
    public void Branches_return_their_values_in_argument_order()
    {
        var test = SpecRun.Body("""
            def slow():
                sleep("60ms")
                return "slow"
            assert_eq(parallel(slow, lambda: "quick", lambda: None), ["slow", "quick", None])
            """);
        Assert.True(test.Result == Result.Pass, test.Reason);
    }

    [Fact]
    public void Branches_overlap_inside_blocking_builtins_and_share_their_locals()
    {
        var test = SpecRun.Body("""
            seen = []
            def waits():
                for i in range(200):
                    if "go" in seen:
                        break
                    sleep("10ms")
                seen.append("met")
            def answers():
                seen.append("go")
            parallel(waits, answers)
            assert_eq(seen, ["go", "met"])
            """);
        Assert.True(test.Result == Result.Pass, test.Reason);
    }

    [Fact]
    public void All_branches_end_before_the_error_of_the_lowest_is_raised()
    {
        var test = SpecRun.One("""
            def late():
                sleep("60ms")
                print("late is done")
                fail("late")
            def test_x():
                parallel(lambda: 1, late, lambda: fail("early"), lambda: assert_eq(1, 2))
            """);
        Assert.Equal(Result.Fail, test.Result);
        Assert.Contains("parallel() callable 1 failed: fail: late (at ", test.Reason, StringComparison.Ordinal);
        Assert.Contains("late is done", test.Prints, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failed_assertion_of_a_branch_is_a_failed_assertion_of_the_test()
    {
        var test = SpecRun.Body("parallel(lambda: assert_eq(1, 2), lambda: None)");
        Assert.Equal((Result.Fail, FailureType.Assertion), (test.Result, test.FailureType));
    }

    [Fact]
    public void A_deadline_ends_every_branch()
    {
        var test = SpecRun.One("""
            def body():
                parallel(lambda: wait(), lambda: wait())
            def wait():
                for i in range(100000000):
                    pass
            test("x", body = body, timeout = "200ms")
            """);
        Assert.Equal(("timeout", false), (test.Cause, test.BodyLeaked));
    }

    [Theory]
    [InlineData("parallel()", "parallel() requires at least 2 callables")]
    [InlineData("parallel(print)", "parallel() requires at least 2 callables")]
    [InlineData("parallel(print, 3)", "argument 1 must be a callable, got int")]
    [InlineData("parallel(print, print, interleavings = 0)", "must be 1, an integer N")]
    [InlineData("parallel(print, print, interleavings = -2)", "must be 1, an integer N")]
    [InlineData("parallel(print, print, interleavings = \"some\")", "must be 1, an integer N")]
    [InlineData("parallel(print, print, interleavings = True)", "must be int or string")]
    [InlineData("parallel(print, print, interleavings = [1])", "must be int or string")]
    [InlineData("parallel(print, print, interleavings = \"sut-internal\")", "L5")]
    [InlineData("parallel(print, print, interleavings = \"dpor\")", "not supported by this version")]
    [InlineData("parallel(print, print, interleavings = \"events\")", "--gates syscalls")]
    [InlineData("parallel(print, print, interleaving = 1)", "\"interleavings\"")]
    public void Calls_that_cannot_run_say_why(string call, string message) =>
        Assert.Contains(message, SpecRun.ReasonOf(call), StringComparison.Ordinal);

    [Theory]
    [InlineData("parallel(lambda: 1, lambda: 2, interleavings = 1)")]
    [InlineData("parallel(lambda: 1, lambda: 2, interleavings = \"1\")")]
    public void One_interleaving_is_the_default_written_out(string call)
    {
        var test = SpecRun.Body($"assert_eq({call}, [1, 2])");
        Assert.True(test.Result == Result.Pass, test.Reason);
    }
}
