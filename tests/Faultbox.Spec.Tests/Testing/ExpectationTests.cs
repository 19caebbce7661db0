using Faultbox.Core.Verdicts;

namespace Faultbox.Spec.Tests.Testing;

public sealed class ExpectationTests
{
    [Theory]
    [InlineData("expect_success()(struct(status = 200))")]
    [InlineData("expect_success()({\"status_code\": 499, \"status\": 503})")]
    [InlineData("expect_success()(\"text\")")]
    [InlineData("expect_success()(False)")]
    [InlineData("expect_success()(struct(ok = True, error = \"\"))")]
    [InlineData("expect_error_within(100)(struct(status = 503, duration_ms = 100))")]
    [InlineData("expect_error_within(ms = 100)({\"error\": \"refused\"})")]
    [InlineData("expect_error_within(100)(struct(ok = False, duration_ms = 3))")]
    [InlineData("expect_hang()(None)")]
    public void A_result_is_as_expected(string line) => Assert.Equal(Result.Pass, SpecRun.Body(line).Result);

    [Theory]
    [InlineData("expect_success()(None)", "expect_success(): the scenario returned None")]
    [InlineData("expect_success()(struct(status = 503))", "expect_success(): status_code=503")]
    [InlineData("expect_success()({\"status_code\": 500})", "expect_success(): status_code=500")]
    [InlineData("expect_success()(struct(ok = False, error = \"connection refused\"))", "expect_success(): connection refused")]
    [InlineData("expect_success()(struct(ok = False))", "expect_success(): ok is False")]
    [InlineData("expect_error_within(ms = 100)(struct(status = 200))", "expect_error_within(ms=100): returned success (status_code=200)")]
    [InlineData("expect_error_within(ms = 100)(None)", "expect_error_within(ms=100): returned success")]
    [InlineData("expect_error_within(ms = 100)(struct(status = 503, duration_ms = 912))", "expect_error_within(ms=100): took 912ms — exceeded budget")]
    [InlineData("expect_hang()(3)", "expect_hang(): expected no return, got 3")]
    public void An_objection_names_the_expectation_and_what_was_found(string line, string reason)
    {
        var test = SpecRun.Body(line);
        Assert.Equal(Result.Fail, test.Result);
        Assert.StartsWith(reason + " at shop.star:", test.Reason, StringComparison.Ordinal);
        Assert.Equal(FailureType.Assertion, test.FailureType);
        Assert.Equal(1, test.Assertions);
    }

    [Theory]
    [InlineData("expect_success(3)", "expect_success()")]
    [InlineData("expect_error_within()", "expect_error_within(): missing required argument ms")]
    [InlineData("expect_error_within(0)", "expect_error_within(): ms must be above 0, got 0")]
    [InlineData("expect_error_within(True)", "expect_error_within(): ms must be int, got bool")]
    [InlineData("expect_error_within(ms = \"2s\")", "expect_error_within(): ms must be int, got string")]
    [InlineData("expect_error_within(msec = 3)", "expect_error_within(): unknown keyword argument \"msec\"")]
    public void A_bad_expectation_is_refused_while_the_specification_loads(string line, string message) =>
        Assert.Contains(message, SpecDirectory.Error(line).Message, StringComparison.Ordinal);

    [Fact]
    public void An_expectation_is_a_value_of_its_own()
    {
        var test = SpecRun.Body("return (type(expect_hang()), str(expect_error_within(200)), str(expect_success()))");
        Assert.Equal("(\"expectation\", \"<expect_error_within(ms=200)>\", \"<expect_success()>\")", test.ReturnValue);
    }
}
