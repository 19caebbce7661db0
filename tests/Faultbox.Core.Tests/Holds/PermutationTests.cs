using Faultbox.Core.Holds;

namespace Faultbox.Core.Tests.Holds;

public sealed class PermutationTests
{
    [Fact]
    public void Orders_of_three_are_numbered_lexicographically() => Assert.Equal(
        ["012", "021", "102", "120", "201", "210"], Enumerable.Range(0, 6).Select(k => string.Concat(Permutation.Decode((ulong)k, 3))));

    [Fact]
    public void Numbers_beyond_the_last_start_again() => Assert.Equal(Permutation.Decode(0, 3), Permutation.Decode(6, 3));

    [Fact]
    public void Twenty_things_have_an_order_for_every_number() =>
        Assert.Equal(Enumerable.Range(0, 20).Reverse(), Permutation.Decode(Permutation.Factorial(20) - 1, 20));
}
