using Faultbox.Core.Randomness;

namespace Faultbox.Core.Tests.Randomness;

public class RandomStreamTests
{
    [Fact]
    public void A_value_is_a_function_of_seed_test_key_and_occurrence()
    {
        var value = new RandomStream(7, "test_a", "db:write").Bits(3);

        Assert.Equal(value, new RandomStream(7, "test_a", "db:write").Bits(3));
        Assert.NotEqual(value, new RandomStream(8, "test_a", "db:write").Bits(3));
        Assert.NotEqual(value, new RandomStream(7, "test_b", "db:write").Bits(3));
        Assert.NotEqual(value, new RandomStream(7, "test_a", "db:read").Bits(3));
        Assert.NotEqual(value, new RandomStream(7, "test_a", "db:write").Bits(4));
    }

    [Fact]
    public void The_values_never_change_between_versions() =>
        Assert.Equal(
            [0xEF2933AAF7F5BBD0UL, 0x1E32104305391FB2UL],
            [new RandomStream(0, "", "").Bits(0), new RandomStream(ulong.MaxValue, "test_checkout", "orders:connect").Bits(1_000_000)]);

    [Fact]
    public void Draws_are_even_and_neighbouring_seeds_are_unrelated()
    {
        const int Draws = 100_000;
        var ninths = new int[9];
        var agreeing = 0;
        for (var i = 0; i < Draws; i++)
        {
            var one = new RandomStream(1, "t", "k").Draw(i);
            var two = new RandomStream(2, "t", "k").Draw(i);
            ninths[(int)(one * 9)]++;
            agreeing += one < 0.5 == two < 0.5 ? 1 : 0;
        }

        Assert.All(ninths, n => Assert.InRange(n, (Draws / 9) - 500, (Draws / 9) + 500));
        Assert.InRange(agreeing, (Draws / 2) - 800, (Draws / 2) + 800);
    }
}
