using System.Numerics;
using Starlark.Execution;

namespace Starlark;

/// <summary>Division of integers of any length. The quotient of long ones is found in pieces, between which cancellation is noticed.</summary>
internal static class LongDivision
{
    private const int Piece = 1 << 16;
    private const int AtOnce = 4 * Piece;

    /// <summary>More bits of the divisor than a piece of the quotient has: an estimate by so many is too large by 2 at most.</summary>
    private const int Estimate = Piece + 64;

    private static readonly BigInteger Mask = (BigInteger.One << Piece) - 1;

    /// <summary>Quotient rounded towards zero, and the rest, which has the sign of the dividend.</summary>
    public static BigInteger DivRem(BigInteger dividend, BigInteger divisor, out BigInteger rest)
    {
        RunningThread.LongStep();
        if (dividend.GetBitLength() <= AtOnce)
        {
            return BigInteger.DivRem(dividend, divisor, out rest);
        }

        var quotient = InPieces(BigInteger.Abs(dividend), BigInteger.Abs(divisor), out rest);
        rest *= dividend.Sign;
        return quotient * (dividend.Sign * divisor.Sign);
    }

    private static BigInteger InPieces(BigInteger dividend, BigInteger divisor, out BigInteger rest)
    {
        var width = divisor.GetBitLength();
        var pieces = (int)Math.Max(0, (dividend.GetBitLength() - width + Piece) / Piece);
        var cut = (int)Math.Max(0, width - Estimate);
        var head = divisor >> cut;
        var quotient = BigInteger.Zero;
        rest = dividend >> (pieces * Piece);
        for (var i = pieces - 1; i >= 0; i--)
        {
            RunningThread.LongStep();
            rest = (rest << Piece) | ((dividend >> (i * Piece)) & Mask);
            var digit = (rest >> cut) / head;
            rest -= digit * divisor;
            for (; rest.Sign < 0; rest += divisor)
            {
                digit--;
            }

            quotient = (quotient << Piece) | digit;
        }

        return quotient;
    }
}
