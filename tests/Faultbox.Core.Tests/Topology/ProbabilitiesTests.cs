using Faultbox.Core.Topology;

namespace Faultbox.Core.Tests.Topology;

public class ProbabilitiesTests
{
    [Theory]
    [InlineData("0.3", 0.3)]
    [InlineData("30", 0.3)]
    [InlineData("30%", 0.3)]
    [InlineData("1%", 0.01)]
    [InlineData("0.5%", 0.005)]
    [InlineData("1", 1)]
    [InlineData("100", 1)]
    [InlineData("0", 0)]
    public void A_percent_sign_always_divides_and_a_bare_number_above_one_is_a_percentage(string text, double expected)
    {
        Assert.True(Probabilities.TryParse(text, out var probability));
        Assert.Equal(expected, probability, 12);
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("")]
    [InlineData("%")]
    [InlineData("-1")]
    [InlineData("101")]
    [InlineData("101%")]
    [InlineData("NaN")]
    public void Anything_else_is_refused(string text) => Assert.False(Probabilities.TryParse(text, out _));
}
