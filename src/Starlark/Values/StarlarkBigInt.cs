using System.Numerics;
using System.Runtime.InteropServices;

namespace Starlark;

/// <summary>An integer beyond 64 bits: a sign, and the magnitude in limbs of 64 bits, lowest first, the highest of them not zero.</summary>
internal sealed class StarlarkBigInt(ulong[] limbs, bool isNegative) : StarlarkObject
{
    public ReadOnlySpan<ulong> Limbs => limbs;

    public bool IsNegative => isNegative;

    /// <summary>The integer for operations that are too rare to be done on limbs.</summary>
    public BigInteger Number
    {
        get
        {
            var magnitude = new BigInteger(MemoryMarshal.AsBytes(Limbs), isUnsigned: true);
            return isNegative ? -magnitude : magnitude;
        }
    }

    public override string TypeName => "int";

    internal override string Member => FieldOrMethod;

    /// <summary>The same integer on limbs.</summary>
    public static StarlarkBigInt Of(BigInteger number)
    {
        var magnitude = BigInteger.Abs(number);
        var limbs = new ulong[(magnitude.GetByteCount(isUnsigned: true) + sizeof(ulong) - 1) / sizeof(ulong)];
        magnitude.TryWriteBytes(MemoryMarshal.AsBytes(limbs.AsSpan()), out _, isUnsigned: true);
        return new StarlarkBigInt(limbs, number.Sign < 0);
    }

    public override void WriteRepr(ReprWriter w) => w.Write(Numbers.IntegerText(Value.Of(this)));

    public override bool TryHash(out int h)
    {
        h = isNegative ? 1 : 0;
        foreach (var limb in limbs)
        {
            h = (h * 31) ^ Equality.HashOf((long)limb);
        }

        return true;
    }

    public override bool EqualTo(StarlarkObject other, int depth) =>
        other is StarlarkBigInt big && big.IsNegative == isNegative && big.Limbs.SequenceEqual(limbs);
}
