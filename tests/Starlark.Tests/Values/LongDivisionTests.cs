using System.Numerics;

namespace Starlark.Tests.Values;

/// <summary>The quotient of long integers is found in pieces.</summary>
[Trait("Category", "Slow")]
public sealed class LongDivisionTests
{
    [Theory]
    [InlineData(300_000, 1)]
    [InlineData(300_000, 65_000)]
    [InlineData(300_000, 299_999)]
    [InlineData(300_000, 300_001)]
    [InlineData(1 << 18, 1 << 17)]
    [InlineData(1 << 20, 1 << 16)]
    [InlineData(1 << 20, (1 << 16) + 64)]
    [InlineData(1_000_000, 500_000)]
    [InlineData(1_000_000, 900_000)]
    public void Quotient_and_rest_are_exact(int bits, int divisorBits)
    {
        var random = new Random(bits ^ divisorBits);
        var (dividend, divisor) = (Number(random, bits), Number(random, divisorBits));
        foreach (var (n, d) in new[] { (dividend, divisor), (-dividend, divisor), (dividend, -divisor), (-dividend, -divisor) })
        {
            var (quotient, rest) = FloorDivide(n, d);

            Assert.Equal(n, (quotient * d) + rest);
            Assert.True(BigInteger.Abs(rest) < BigInteger.Abs(d) && (rest.IsZero || rest.Sign == d.Sign));
        }
    }

    [Theory]
    [InlineData(262_145, 65_600)]
    [InlineData(400_000, 131_072)]
    public void Pieces_of_ones_and_zeros_are_exact(int bits, int divisorBits)
    {
        var ones = (BigInteger.One << bits) - 1;
        foreach (var divisor in new[] { BigInteger.One << divisorBits, (BigInteger.One << divisorBits) - 1, (BigInteger.One << divisorBits) + 1 })
        {
            foreach (var dividend in new[] { ones, BigInteger.One << bits, ones / divisor * divisor })
            {
                var (quotient, rest) = FloorDivide(dividend, divisor);

                Assert.Equal(dividend, (quotient * divisor) + rest);
                Assert.True(rest.Sign >= 0 && rest < divisor);
            }
        }
    }

    private static (BigInteger Quotient, BigInteger Remainder) FloorDivide(BigInteger dividend, BigInteger divisor)
    {
        var names = new Predeclared();
        names.Add("n", Value.Of(dividend));
        names.Add("d", Value.Of(divisor));
        var module = Script.Compile("q = n // d\nr = n % d", names: names).Execute(new StarlarkThread("t"));
        return (Integer(module, "q"), Integer(module, "r"));
    }

    private static BigInteger Integer(Module module, string name) =>
        module.TryGet(name, out var value) && value.TryGetInt(out var number) ? number : throw new InvalidOperationException(name);

    private static BigInteger Number(Random random, int bits)
    {
        var bytes = new byte[(bits + 7) / 8];
        random.NextBytes(bytes);
        return new BigInteger(bytes, isUnsigned: true) | (BigInteger.One << (bits - 1));
    }
}
