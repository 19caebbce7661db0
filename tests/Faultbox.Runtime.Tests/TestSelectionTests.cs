namespace Faultbox.Runtime.Tests;

public sealed class TestSelectionTests
{
    private static readonly string[] Names = ["test_alpha", "test_alpha_two", "test_beta", "test_matrix_pay_db_down", "test_matrix_pay_slow", "test_matrix_payments"];

    private static readonly string[] Scenarios = ["pay", "refund"];

    [Theory]
    [InlineData("test_alpha", "test_alpha")]
    [InlineData("alpha", "test_alpha")]
    [InlineData("alpha*", "test_alpha,test_alpha_two")]
    [InlineData("test_?eta", "test_beta")]
    [InlineData("[!a]eta", "test_beta")]
    [InlineData("matrix_pay", "test_matrix_pay_db_down,test_matrix_pay_slow")]
    [InlineData("test_matrix_pay", "test_matrix_pay_db_down,test_matrix_pay_slow")]
    [InlineData("matrix_pay*", "test_matrix_pay_db_down,test_matrix_pay_slow,test_matrix_payments")]
    [InlineData("~a_|eta$", "test_alpha_two,test_beta")]
    public void A_pattern_selects(string pattern, string expected) =>
        Assert.Equal(expected, string.Join(",", TestSelection.Select(pattern, Names, Scenarios)));

    [Fact]
    public void No_pattern_selects_everything() => Assert.Equal(Names, TestSelection.Select(null, Names, Scenarios));

    [Fact]
    public void The_beginning_of_a_row_is_no_row() =>
        Assert.Throws<UsageException>(() => TestSelection.Select("matrix_pay_db", Names, Scenarios));

    [Fact]
    public void A_pattern_without_a_match_names_what_there_is()
    {
        var error = Assert.Throws<UsageException>(() => TestSelection.Select("gamma", ["test_a", "test_b"], []));
        Assert.Equal("no test matched filter \"gamma\" (available: test_a, test_b)", error.Message);
    }

    [Theory]
    [InlineData("~(")]
    [InlineData("a[b")]
    [InlineData("a*\\")]
    public void A_malformed_pattern_is_quoted(string pattern) =>
        Assert.Contains(pattern, Assert.Throws<UsageException>(() => TestSelection.Select(pattern, Names, Scenarios)).Message, StringComparison.Ordinal);
}
