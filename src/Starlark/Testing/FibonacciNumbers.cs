using System.Numerics;

namespace Starlark.Testing;

/// <summary>The endless sequence of Fibonacci numbers: the tests of lazy iteration use it.</summary>
internal sealed class FibonacciNumbers : StarlarkObject, IIterable
{
    public override string TypeName => "fibonacci";

    public ValueIterator Iterate() => new EnumerableIterator(Numbers());

    private static IEnumerable<Value> Numbers()
    {
        var (a, b) = (BigInteger.Zero, BigInteger.One);
        while (true)
        {
            yield return Value.Of(a);
            (a, b) = (b, a + b);
        }
    }
}
