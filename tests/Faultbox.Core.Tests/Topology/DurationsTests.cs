using Faultbox.Core.Topology;

namespace Faultbox.Core.Tests.Topology;

public class DurationsTests
{
    [Theory]
    [InlineData("250ms", 250_000_000)]
    [InlineData("1m30s", 90_000_000_000)]
    [InlineData("1.5h", 5_400_000_000_000)]
    [InlineData("-1.5s", -1_500_000_000)]
    [InlineData("+2us", 2_000)]
    [InlineData("2µs", 2_000)]
    [InlineData(" 7ns ", 7)]
    [InlineData(".5s", 500_000_000)]
    [InlineData("0", 0)]
    [InlineData("9223372036854775807ns", long.MaxValue)]
    public void A_duration_is_a_sum_of_numbers_with_units(string text, long nanoseconds)
    {
        Assert.True(Durations.TryParseNanoseconds(text, out var parsed));
        Assert.Equal(nanoseconds, parsed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("1.2.3s")]
    [InlineData("s")]
    [InlineData("1d")]
    [InlineData("1s 2s")]
    [InlineData("1 s")]
    [InlineData(".s")]
    [InlineData("-")]
    [InlineData("9223372036854775808ns")]
    [InlineData("99999999999h")]
    [InlineData("9223372036854775807h")]
    [InlineData("99999999999999999999999999999s")]
    public void Anything_else_is_refused(string text) => Assert.False(Durations.TryParseNanoseconds(text, out _));

    [Theory]
    [InlineData(500_000_000, "500ms")]
    [InlineData(1_500_000_000, "1.5s")]
    [InlineData(120_000_000_000, "2m0s")]
    [InlineData(3_600_000_000_000, "1h0m0s")]
    [InlineData(5_445_500_000_000, "1h30m45.5s")]
    [InlineData(1_500, "1.5µs")]
    [InlineData(7, "7ns")]
    [InlineData(0, "0s")]
    [InlineData(-1_500_000_000, "-1.5s")]
    public void A_duration_prints_in_its_shortest_form(long nanoseconds, string text) => Assert.Equal(text, Durations.Text(nanoseconds));

    [Fact]
    public void What_is_printed_is_parsed_again()
    {
        var random = new Random(1);
        for (var i = 0; i < 2000; i++)
        {
            var nanoseconds = random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(63);
            Assert.True(Durations.TryParseNanoseconds(Durations.Text(nanoseconds), out var parsed), Durations.Text(nanoseconds));
            Assert.Equal(nanoseconds, parsed);
        }

        Assert.True(Durations.TryParseNanoseconds(Durations.Text(long.MinValue), out var lowest));
        Assert.Equal(long.MinValue, lowest);
    }

    [Fact]
    public void A_time_span_never_rounds_something_to_nothing()
    {
        Assert.True(Durations.TryParse("7ns", out var duration));
        Assert.True(duration > TimeSpan.Zero);
    }
}
