namespace Faultbox.Core.Holds;

/// <summary>Orders of n things, numbered lexicographically: 012 021 102 120 201 210.</summary>
public static class Permutation
{
    /// <summary>Largest number of things whose orders can be numbered.</summary>
    public const int Longest = 20;

    /// <summary>The order with a number.</summary>
    /// <param name="index">Number of the order; numbers beyond the last start again at the first.</param>
    /// <param name="count">How many things, 0 to 20.</param>
    public static int[] Decode(ulong index, int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Longest);
        var left = Enumerable.Range(0, count).ToList();
        var order = new int[count];
        var block = Factorial(count);
        index %= block;
        for (var place = 0; place < count; place++)
        {
            block /= (ulong)(count - place);
            var choice = (int)(index / block);
            index %= block;
            order[place] = left[choice];
            left.RemoveAt(choice);
        }

        return order;
    }

    /// <summary>Number of orders of n things, n at most 20.</summary>
    public static ulong Factorial(int count)
    {
        var product = 1UL;
        for (var factor = 2; factor <= count; factor++)
        {
            product *= (ulong)factor;
        }

        return product;
    }
}
