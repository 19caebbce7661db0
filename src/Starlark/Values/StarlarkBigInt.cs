using System.Globalization;
using System.Numerics;

namespace Starlark;

/// <summary>An integer beyond 64 bits.</summary>
internal sealed class StarlarkBigInt(BigInteger number) : StarlarkObject
{
    public BigInteger Number => number;

    public override string TypeName => "int";

    public override void WriteRepr(ReprWriter w) => w.Write(number.ToString(CultureInfo.InvariantCulture));

    public override bool TryHash(out int h)
    {
        h = Equality.HashOf(number);
        return true;
    }

    public override bool EqualTo(StarlarkObject other, int depth) => other is StarlarkBigInt big && big.Number == number;
}
